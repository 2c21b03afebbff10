import type { RejectionReason } from '../../domain/webhook/rejection.ts';
import { type Answer, type ProblemCode, problem } from './answer.ts';

/** A request that is not taken: what its sender is told, and what is counted; nothing is where no endpoint was meant. */
export class Refusal extends Error {
  readonly answer: Answer;
  readonly reason: RejectionReason | null;

  constructor(reason: RejectionReason | null, answer: Answer) {
    super(reason ?? 'refused');
    this.reason = reason;
    this.answer = answer;
  }
}

/** A refusal with a problem as its answer. */
export function refusal(
  reason: RejectionReason | null,
  { code, headers = {} }: { readonly code: ProblemCode; readonly headers?: Readonly<Record<string, string>> },
): Refusal {
  return new Refusal(reason, problem(code, headers));
}
