import { isJsonObject } from '../json.ts';
import { adviceOn } from './advice.ts';
import { type Recorded, sentence } from './explanation.ts';

/** What of the decisions, newest first, says that an expectation is missed now: a sentence each, and what to do. */
export function missedNow(decisions: readonly Recorded[]): {
  readonly text: string;
  readonly todo: readonly (string | null)[];
} {
  const latest = new Map<unknown, Recorded>();
  for (const decision of decisions) {
    if (decision.code !== 'expectation_missed' && decision.code !== 'expectation_recovered') continue;
    const name = isJsonObject(decision.values) ? decision.values['name'] : null;
    if (!latest.has(name)) latest.set(name, decision);
  }
  const missed = [...latest.values()].filter(({ code }) => code === 'expectation_missed');
  return {
    text: missed.map(({ text }) => ` ${sentence(`Expectation ${text}`)}`).join(''),
    todo: missed.map(adviceOn),
  };
}
