import type { Rejection } from '../webhook/rejection.ts';
import { type Because, clock, distinct, type Explanation, fact, NO_GATEWAY } from './explanation.ts';
import { REFUSALS } from './refusals.ts';

/** What is known about a webhook. */
export interface WebhookFacts {
  readonly name: string;
  /** Null: it is not configured. */
  readonly configured: { readonly path: string; readonly mode: 'run' | 'observe' } | null;
  /** What its sender is to call; null: `public_url` does not say. */
  readonly url: string | null;
  readonly running: boolean;
  /** False: a gateway runs, and its listener for webhooks is not open. */
  readonly listening: boolean;
  /** Of the last day; null: nothing came. */
  readonly counts: { readonly accepted: number; readonly repeated: number; readonly rejected: number } | null;
  /** The latest delivery; null: none is kept. */
  readonly last: { readonly id: string; readonly receivedAt: number; readonly lastRepeatAt: number | null } | null;
  /** Newest first. */
  readonly rejections: readonly Rejection[];
}

/** Refusals of one reason, from wherever they came. */
type Kind = Pick<Rejection, 'reason' | 'count' | 'lastAt'> & { readonly remotes: readonly string[] };

const MOST_REMOTES = 5;

/** What comes in through a webhook, what is refused, and why. */
export function explainWebhook(facts: WebhookFacts): Explanation {
  const { name, configured, running, last, counts } = facts;
  const kinds = byReason(facts.rejections);
  const [refused] = kinds;
  const lastAt = last === null ? null : Math.max(last.receivedAt, last.lastRepeatAt ?? 0);
  const troubled = refused !== undefined && refused.lastAt > (lastAt ?? 0);
  const observes = configured?.mode === 'observe';
  return {
    kind: 'webhook',
    id: name,
    summary: [
      headline(facts, { refused: troubled ? refused : null, lastAt }),
      today(counts),
      observes ? ' It only observes, so nothing runs.' : '',
    ].join(''),
    because: [...(running ? [] : [NO_GATEWAY]), ...accepted(facts, lastAt), ...kinds.map(because)],
    next: null,
    todo: distinct([
      configured === null ? `Configure ${name} under \`webhooks.endpoints\` again and run \`ductile reload\`.` : null,
      running ? null : 'Start the gateway: `ductile start`.',
      running && !facts.listening && configured !== null
        ? 'End what listens at `webhooks.listen`, then run `ductile reload`.'
        : null,
      ...kinds.filter((kind) => kind.lastAt > (lastAt ?? 0)).map(({ reason }) => REFUSALS[reason].todo(name)),
      configured !== null && last === null && refused === undefined ? called(facts) : null,
      observes ? `Remove \`mode: observe\` of ${name} when its deliveries should run.` : null,
      last === null ? null : `\`ductile explain ${last.id}\` tells what became of the last delivery.`,
    ]),
  };
}

function headline(
  { name, configured, running, listening, last }: WebhookFacts,
  { refused, lastAt }: { readonly refused: Kind | null; readonly lastAt: number | null },
): string {
  if (configured === null)
    return `${name} is not configured any more, so whoever calls it is told that there is nothing.`;
  if (!running) return `${name} receives nothing, because no gateway runs.`;
  if (!listening) return `${name} receives nothing, because its address could not be had when it was configured.`;
  if (refused !== null) {
    return `The last request to ${name} was refused at ${clock(refused.lastAt)}, because ${REFUSALS[refused.reason].text}.`;
  }
  if (last === null || lastAt === null) return `${name} has received nothing that is still remembered.`;
  return `${name} took its last delivery at ${clock(lastAt)}.`;
}

function today(counts: WebhookFacts['counts']): string {
  if (counts === null) return '';
  const { accepted: taken, repeated, rejected } = counts;
  const repeats = repeated === 0 ? '' : `, ${repeated} came again`;
  return ` In the last day ${taken === 1 ? '1 delivery was' : `${taken} deliveries were`} taken${repeats} and ${rejected === 1 ? '1 request was' : `${rejected} requests were`} refused.`;
}

function accepted({ last }: WebhookFacts, lastAt: number | null): readonly Because[] {
  if (last === null) return [];
  return [{ ...fact('delivery', `delivery ${last.id} was taken`, { delivery_id: last.id }), at: lastAt }];
}

function because({ reason, count, lastAt, remotes }: Kind): Because {
  return {
    code: reason,
    at: lastAt,
    count,
    text: `refused, because ${REFUSALS[reason].text}`,
    values: { remotes: [...remotes] },
  };
}

function called({ configured, url }: WebhookFacts): string {
  const where = url ?? `the path ${configured?.path ?? ''} at the address in \`webhooks.listen\``;
  return `See that its sender calls ${where}; what it calls otherwise, or what does not reach this machine, is not counted here.`;
}

/** Newest first. */
function byReason(rejections: readonly Rejection[]): readonly Kind[] {
  const kinds = new Map<Rejection['reason'], Kind>();
  for (const { reason, count, lastAt, remote } of rejections) {
    const before = kinds.get(reason) ?? { reason, count: 0, lastAt: 0, remotes: [] };
    const remotes = distinct([...before.remotes, remote]).slice(0, MOST_REMOTES);
    kinds.set(reason, { reason, count: before.count + count, lastAt: Math.max(before.lastAt, lastAt), remotes });
  }
  return [...kinds.values()].toSorted((one, other) => other.lastAt - one.lastAt);
}
