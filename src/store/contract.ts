import { test } from 'node:test';
import { bodyContract } from './contract-bodies.ts';
import { claimContract } from './contract-claim.ts';
import { agreesWithModel } from './contract-commands.ts';
import { deliveryContract } from './contract-deliveries.ts';
import { deskContract } from './contract-desk.ts';
import { expectationContract } from './contract-expectations.ts';
import { failureContract } from './contract-failures.ts';
import { finishContract } from './contract-finish.ts';
import { holdsContract } from './contract-holds.ts';
import { queueContract } from './contract-queue.ts';
import { readContract } from './contract-reads.ts';
import { scheduleContract } from './contract-schedules.ts';
import { suspectContract } from './contract-suspects.ts';
import { tokenContract } from './contract-tokens.ts';
import { traceContract } from './contract-traces.ts';
import type { StoreFixture } from './contract-values.ts';
import type { Store } from './port.ts';

/** Registers the tests that every store passes; `open` makes a fresh, empty store. */
export function storeContract({
  name,
  open,
}: {
  readonly name: string;
  readonly open: () => Promise<StoreFixture>;
}): void {
  const withStore = (title: string, body: (store: Store, fixture: StoreFixture) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const fixture = await open();
      try {
        await body(fixture.store, fixture);
      } finally {
        await fixture.dispose();
      }
    });
  };
  queueContract(withStore);
  claimContract(withStore);
  suspectContract(withStore);
  holdsContract(withStore);
  finishContract(withStore);
  scheduleContract(withStore);
  expectationContract(withStore);
  failureContract(withStore);
  readContract(withStore);
  deliveryContract(withStore);
  bodyContract(withStore);
  traceContract(withStore);
  tokenContract(withStore);
  deskContract(withStore);
  test(`${name}: any sequence of commands has the outcomes and effects of the reference model`, async () => {
    await agreesWithModel(open, 60);
  });
}
