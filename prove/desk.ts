import { appendFileSync } from 'node:fs';
import { ask, pause } from './ask.ts';
import { submitOne } from './load.ts';
import { lineOf, type Order } from './oracle-orders.ts';
import type { Site } from './site.ts';

/** How long the desk waits for a job to fail, as a query. */
const WAIT = 'wait=2s';

/** More than a pipe holds. */
const LARGE = 'x'.repeat(200_000);

/** An operator who works until stopped, or until the gateway is gone. */
export interface Desk {
  /** Stops, and resolves to answers that surprised. */
  stop(): Promise<readonly string[]>;
}

/**
 * Lets an operator cancel jobs of one instance, some before they run and some while they do, and retry those of another
 * once they have failed, and submits requests larger than a pipe to a third; notes each acknowledged order.
 */
export function openDesk(
  site: Site,
  {
    cancels,
    retries,
    feeds,
    random,
  }: { readonly cancels: string; readonly retries: string; readonly feeds: string; readonly random: () => number },
): Desk {
  const surprises: string[] = [];
  let stopped = false;

  async function order(what: Order['what'], jobId: string): Promise<void> {
    const verb = what === 'cancelled' ? 'cancel' : 'retry';
    const { status, body } = await ask(site.socket, { method: 'POST', path: `/api/v1/jobs/${jobId}/${verb}` });
    if (status === 200) appendFileSync(site.orders, lineOf({ what, jobId, at: Date.now() }), { flush: true });
    // Not acknowledged: it had ended before, or has not ended yet.
    else if (status !== 202 && status !== 409 && status !== 503)
      surprises.push(`${verb} answered ${status}: ${JSON.stringify(body)}`);
  }

  async function cancelOne(): Promise<void> {
    const jobId = await submitOne(site, { instance: cancels });
    await pause(random() * 150);
    await order('cancelled', jobId);
  }

  async function retryOne(): Promise<void> {
    const jobId = await submitOne(site, { instance: retries });
    const { body } = await ask(site.socket, { method: 'GET', path: `/api/v1/jobs/${jobId}?${WAIT}` });
    if (body.status === 'failed') await order('retried', jobId);
  }

  async function work(): Promise<void> {
    while (!stopped) {
      await submitOne(site, { instance: feeds, payload: { large: LARGE } });
      if (!stopped) await cancelOne();
      if (!stopped) await retryOne();
    }
  }

  // No answer, no promise.
  const done = work().catch(() => {});
  return {
    async stop() {
      stopped = true;
      await done;
      return surprises;
    },
  };
}
