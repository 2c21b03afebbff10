import type { EmitAnswer } from './answers.ts';
import type { AddCommand } from './command.ts';
import { sayNoGateway } from './no-gateway.ts';
import { decisionLines } from './output/decision-lines.ts';
import { PAYLOAD_HELP, payloadOf } from './payload.ts';

interface EmitOptions {
  readonly payload?: string;
  readonly dedupeKey?: string;
}

/** `ductile emit`: reports an event to the routes. */
export const addEmit: AddCommand = (parent, run) => {
  parent
    .command('emit')
    .argument('<type>', 'event type, such as backup.done')
    .description('report an event to the routes')
    .option('-p, --payload <json>', PAYLOAD_HELP)
    .option('--dedupe-key <key>', 'jobs that the routes make are deduplicated by it')
    .addHelpText('after', `\nExample:\n  $ ductile emit backup.done --payload '{"bytes": 1024}'`)
    .action(
      run<EmitOptions, readonly [string]>(async (session, options, type) => {
        const payload = await payloadOf(options.payload, session.io);
        return session.withGateway('write', async ({ request, dormant }) => {
          const body = { type, payload, dedupe_key: options.dedupeKey ?? null };
          const { event_id, jobs, decisions } = await request<EmitAnswer>('POST', '/api/v1/events', body);
          session.show({ event_id, jobs, decisions }, (shown) =>
            [
              `event ${shown.event_id}\n`,
              ...decisionLines(shown.decisions, session.paint),
              ...shown.jobs.map((id) => `  job ${id}\n`),
            ].join(''),
          );
          if (dormant !== null && jobs.length > 0) sayNoGateway(session);
          return 0;
        });
      }),
    );
};
