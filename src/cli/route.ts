import type { RouteTestAnswer } from './answers.ts';
import { type AddCommand, payloadOf } from './command.ts';
import { jsonText } from './output/job-text.ts';

interface TestOptions {
  readonly payload?: string;
  readonly dedupeKey?: string;
}

/** `ductile route …`: where events go. */
export const addRoute: AddCommand = (parent, run) => {
  const route = parent.command('route').description('try routes');
  route
    .command('test')
    .argument('<type>', 'event type')
    .description('show which routes an event would take and what jobs they would make; nothing is stored')
    .option('-p, --payload <json>', 'JSON, @file, or - for standard input (default: {})')
    .option('--dedupe-key <key>', "the event's dedupe key")
    .addHelpText('after', `\nExample:\n  $ ductile route test backup.done --payload '{"bytes": 1024}'`)
    .action(
      run<TestOptions, readonly [string]>(async (session, options, type) => {
        const body = {
          type,
          payload: await payloadOf(options.payload, session.io),
          dedupe_key: options.dedupeKey ?? null,
        };
        return session.withGateway('read', async ({ request }) => {
          const answer = (await request('POST', '/api/v1/routes/test', body)).body as unknown as RouteTestAnswer;
          session.show(answer, () => testText(answer, session.paint));
          return 0;
        });
      }),
    );
};

function testText(answer: RouteTestAnswer, paint: (tone: 'good' | 'dim' | 'strong', text: string) => string): string {
  const decisions = answer.decisions.map(
    ({ code, text }) => `  ${code === 'route_taken' ? paint('good', '✓') : paint('dim', '·')} ${text}\n`,
  );
  const jobs = answer.jobs.map(
    ({ instance, command, payload }) => `  ${paint('strong', `${instance} ${command}`)} ${jsonText(payload)}\n`,
  );
  return [...decisions, jobs.length === 0 ? 'no jobs\n' : 'would run\n', ...jobs].join('');
}
