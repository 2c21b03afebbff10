import { systemClock } from '../platform/clock.ts';
import type { ExpectationAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { expectationTable } from './output/expectation-table.ts';

/** `ductile expect …`: what is to be seen again and again. */
export const addExpect: AddCommand = (parent, run) => {
  const expect = parent.command('expect').description('list expectations');
  expect
    .command('list')
    .description('every expectation with its last sight and when it would be missed')
    .addHelpText('after', '\nExample:\n  $ ductile expect list')
    .action(
      run((session) =>
        session.withGateway('read', async ({ request }) => {
          const page = await request<ListAnswer>('GET', '/api/v1/expectations');
          session.show(page, ({ expectations }) => listText(expectations, session));
          return 0;
        }),
      ),
    );
};

interface ListAnswer {
  readonly expectations: readonly ExpectationAnswer[];
}

function listText(expectations: readonly ExpectationAnswer[], session: Session): string {
  return expectations.length === 0 ? 'no expectations\n' : expectationTable(expectations, session, systemClock.now());
}
