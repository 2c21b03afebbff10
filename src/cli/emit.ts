import type { EmitAnswer } from './answers.ts';
import type { AddCommand } from './command.ts';
import { payloadOf } from './command.ts';

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
    .option('-p, --payload <json>', 'JSON, @file, or - for standard input (default: {})')
    .option('--dedupe-key <key>', 'jobs that the routes make are deduplicated by it')
    .addHelpText('after', `\nExample:\n  $ ductile emit backup.done --payload '{"bytes": 1024}'`)
    .action(
      run<EmitOptions, readonly [string]>(async (session, options, type) => {
        const payload = await payloadOf(options.payload, session.io);
        return session.withGateway('write', async ({ request, dormant }) => {
          const body = { type, payload, dedupe_key: options.dedupeKey ?? null };
          const answer = (await request('POST', '/api/v1/events', body)).body as unknown as EmitAnswer;
          session.show(
            { event_id: answer.event_id, jobs: answer.jobs, decisions: answer.decisions },
            () => emitText(answer, session.paint) + (dormant === null ? '' : NO_GATEWAY),
          );
          return 0;
        });
      }),
    );
};

/** Said when something was stored that nobody works on yet. */
export const NO_GATEWAY = 'No gateway is running: this takes effect when one starts (`ductile start`).\n';

function emitText(answer: EmitAnswer, paint: (tone: 'good' | 'dim', text: string) => string): string {
  const lines = answer.decisions.map(
    ({ code, text }) => `  ${code === 'route_taken' ? paint('good', '✓') : paint('dim', '·')} ${text}`,
  );
  return `event ${answer.event_id}\n${lines.map((line) => `${line}\n`).join('')}`;
}
