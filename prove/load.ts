import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { ask, pause, until } from './ask.ts';
import { BrokenPromise } from './broken-promise.ts';
import type { Site } from './site.ts';

/** How many jobs may wait before the clients hold back, unless told: a backlog at every moment, and one that runs empty soon. */
const MOST_WAITING = 40;
/** How long the queue may stand still, and take in all, before it is said not to run empty, in milliseconds. */
const STILL_MS = 60_000;
const DRAIN_MS = 240_000;

/** Clients that submit jobs until they are stopped or the gateway is gone. */
export interface Load {
  /** Stops the clients and resolves, when they have, to answers that were neither an acknowledgement nor a 503. */
  stop(): Promise<readonly string[]>;
}

/** Lets clients submit jobs one after the other, noting each acknowledgement on the disk before the next. */
export function startLoad(
  site: Site,
  {
    clients,
    instances,
    mostWaiting = MOST_WAITING,
  }: { readonly clients: number; readonly instances: readonly string[]; readonly mostWaiting?: number },
): Load {
  const acknowledged = openSync(site.acknowledgements, 'a', 0o600);
  const surprises: string[] = [];
  let stopped = false;
  let number = 0;

  async function submit(): Promise<void> {
    while (!stopped) {
      const waiting = (await counts(site.socket)).queued;
      if (waiting > mostWaiting) {
        await pause(20);
        continue;
      }
      number += 1;
      const instance = instances[number % instances.length];
      const body = { instance, command: 'handle', payload: { number } };
      const answer = await ask(site.socket, { method: 'POST', path: '/api/v1/jobs', body });
      if (answer.status === 503) return;
      if (answer.status !== 201) {
        surprises.push(`a job was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
        return;
      }
      writeSync(acknowledged, `${String(answer.body.job_id)}\n`);
      fsyncSync(acknowledged);
    }
  }

  const done = Promise.all(
    // No answer, no promise: whether the job exists is the gateway's business then.
    Array.from({ length: clients }, () => submit().catch(() => {})),
  );
  return {
    async stop() {
      stopped = true;
      await done;
      closeSync(acknowledged);
      return surprises;
    },
  };
}

/** Submits one job and resolves to its id, which is noted as acknowledged. */
export async function submitOne(site: Site, body: { readonly instance: string; readonly payload?: object }) {
  const answer = await ask(site.socket, { method: 'POST', path: '/api/v1/jobs', body: { command: 'handle', ...body } });
  if (answer.status !== 201)
    throw new Error(`a job was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
  const id = String(answer.body.job_id);
  // Without holding up this process: it may be measuring how fast the gateway answers.
  const acknowledged = await open(site.acknowledgements, 'a', 0o600);
  await acknowledged.write(`${id}\n`);
  await acknowledged.sync();
  await acknowledged.close();
  return id;
}

/** Jobs that wait and jobs that run. */
export async function counts(socket: string): Promise<{ readonly queued: number; readonly running: number }> {
  const { body } = await ask(socket, { method: 'GET', path: '/api/v1/status' });
  return body.jobs as { queued: number; running: number };
}

/** Resolves when the queue has run empty; rejects with BrokenPromise when nothing ends any more, or something never does. */
export async function drain(socket: string): Promise<void> {
  let before = '';
  let changedAt = performance.now();
  await until('the queue runs empty', DRAIN_MS, async () => {
    const { queued, running } = await counts(socket);
    const now = `${queued} queued, ${running} running`;
    if (now !== before) changedAt = performance.now();
    before = now;
    if (performance.now() - changedAt > STILL_MS) throw new BrokenPromise(`the queue does not run empty: ${now}`);
    return queued + running === 0 ? true : null;
  });
}
