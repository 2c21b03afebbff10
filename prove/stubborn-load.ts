import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { ask, pause } from './ask.ts';
import type { Site } from './site.ts';

/** How many acknowledged jobs may be in the queue, by the clients' own reckoning, before they hold back. */
const MOST_WAITING = 60;
/** How long a client waits after a refusal, in milliseconds. */
const REFUSED_MS = 25;

/** Clients that go on when they are refused. */
export interface StubbornLoad {
  /** Ids of the events acknowledged so far. */
  events(): readonly string[];
  /** Answers with 503 so far. */
  refused(): number;
  /** Resolves with the number of milliseconds until something is acknowledged that was submitted after this call; null: not within `withinMs`. */
  nextAcknowledgement(withinMs: number): Promise<number | null>;
  /** Stops the clients and resolves, when they have, to answers that were neither an acknowledgement nor a 503. */
  stop(): Promise<readonly string[]>;
}

/**
 * Lets clients submit jobs one after the other, noting each acknowledgement on the disk before the next; a 503 is asked
 * again. While many jobs wait they report events that lead nowhere, so that there is always something to commit.
 */
export function startStubbornLoad(
  { socket, acknowledgements, effects }: Pick<Site, 'socket' | 'acknowledgements' | 'effects'>,
  { clients, instances }: { readonly clients: number; readonly instances: readonly string[] },
): StubbornLoad {
  const ended = countingEnds(effects);
  const file = openSync(acknowledgements, 'a', 0o600);
  const surprises: string[] = [];
  const events: string[] = [];
  let stopped = false;
  let number = 0;
  let acknowledged = 0;
  let refused = 0;
  let lastAskedAt = 0;

  async function submit(): Promise<void> {
    while (!stopped) {
      number += 1;
      const isEvent = acknowledged - ended.count() > MOST_WAITING;
      const instance = instances[number % instances.length];
      const askedAt = performance.now();
      const { status, body: answer } = isEvent
        ? await ask(socket, { method: 'POST', path: '/api/v1/events', body: { type: 'load.event', payload: number } })
        : await ask(socket, {
            method: 'POST',
            path: '/api/v1/jobs',
            body: { instance, command: 'handle', payload: number },
          });
      if (status === 503) {
        refused += 1;
        await pause(REFUSED_MS);
        continue;
      }
      if (status !== 201) {
        surprises.push(`${isEvent ? 'an event' : 'a job'} was answered with ${status}: ${JSON.stringify(answer)}`);
        await pause(REFUSED_MS);
        continue;
      }
      if (isEvent) {
        events.push(String(answer.event_id));
      } else {
        writeSync(file, `${String(answer.job_id)}\n`);
        fsyncSync(file);
        acknowledged += 1;
      }
      lastAskedAt = Math.max(lastAskedAt, askedAt);
    }
  }

  const done = Promise.all(
    Array.from({ length: clients }, () =>
      submit().catch((error: unknown) => {
        surprises.push(`a client got no answer: ${error instanceof Error ? error.message : String(error)}`);
      }),
    ),
  );
  return {
    events: () => events,
    refused: () => refused,
    async nextAcknowledgement(withinMs) {
      const from = performance.now();
      while (lastAskedAt < from) {
        if (performance.now() - from > withinMs) return null;
        await pause(5);
      }
      return performance.now() - from;
    },
    async stop() {
      stopped = true;
      await done;
      closeSync(file);
      ended.close();
      return surprises;
    },
  };
}

/** Counts the jobs that have ended, as the log of effects grows. */
function countingEnds(effects: string): { count(): number; close(): void } {
  const file = openSync(effects, 'r');
  const bytes = Buffer.alloc(65_536);
  let ends = 0;
  let rest = '';
  return {
    count() {
      const text = rest + bytes.toString('utf8', 0, readSync(file, bytes));
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      ends += lines.filter((line) => line.endsWith(' end')).length;
      return ends;
    },
    close: () => closeSync(file),
  };
}
