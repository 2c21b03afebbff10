import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { OperatorError } from '../../domain/errors.ts';
import type { Once } from '../../engine/desk-operations.ts';
import type { Operations } from '../../engine/operations.ts';
import type { Caller } from './caller.ts';

/** Largest answer that is kept, in characters of its JSON; a larger one is made anew of what the store kept. */
const MAX_KEPT = 1_048_576;

/** Who sent a request, and what it says. */
interface Asked {
  readonly caller: Caller;
  readonly headers: IncomingHttpHeaders;
  /** What makes it the same request: its route, parameters and body. */
  readonly request: readonly unknown[];
}

/** What a request is answered with. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Keys at work, so that a second request with one waits for the first. */
const atWork = new WeakMap<Operations, Map<string, Promise<unknown>>>();

/**
 * Answers a request with an `Idempotency-Key` as it was answered before, if it was. Otherwise `handle` is called with
 * what makes its command be carried out once, and its answer is kept. Without the header it is simply called.
 */
export async function answerOnce(
  operations: Operations,
  { caller, headers, request }: Asked,
  handle: (once: Once | null) => Promise<Answer>,
): Promise<Answer> {
  const header = headers['idempotency-key'];
  if (header === undefined) return handle(null);
  const key = keyOf(header);
  const once: Once = { owner: caller.owner, key, request: digestOf(request), at: operations.now() };
  return inTurn(operations, `${once.owner} ${key}`, async () => {
    const known = await operations.answered(once.owner, key);
    if (known !== null && known.request !== once.request) {
      throw new OperatorError('idempotency_key_reused', `the Idempotency-Key "${key}" was used for another request`);
    }
    if (known !== null && known.answer !== null) {
      return { ...known.answer, headers: { 'idempotency-replayed': 'true' } };
    }
    const answer = await handle(once);
    await keep(operations, once, answer);
    return answer;
  });
}

/** An answer that is not final is made anew: whoever asks again wants to know how it stands then. */
async function keep(operations: Operations, once: Once, { status, body: value }: Answer): Promise<void> {
  if (status === 202) return;
  const body = JSON.stringify(value);
  if (body.length <= MAX_KEPT) await operations.keepAnswer(once, { status, body });
}

async function inTurn<T>(operations: Operations, name: string, work: () => Promise<T>): Promise<T> {
  const running = atWork.get(operations) ?? new Map<string, Promise<unknown>>();
  atWork.set(operations, running);
  for (let other = running.get(name); other !== undefined; other = running.get(name)) await other;
  const own = work();
  // However it ends: who waits looks for itself.
  const ended = own.then(forget, forget);
  function forget(): void {
    running.delete(name);
  }
  running.set(name, ended);
  return own;
}

function keyOf(header: string | readonly string[]): string {
  if (typeof header === 'string' && /^[\x21-\x7e]{1,255}$/.test(header)) return header;
  throw new OperatorError('usage', 'the Idempotency-Key must be one value of 1 to 255 visible ASCII characters', {
    hint: 'Send a random one, such as a UUID, with each new request.',
  });
}

function digestOf(request: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
