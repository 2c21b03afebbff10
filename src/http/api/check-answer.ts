import { OperatorError } from '../../domain/errors.ts';
import { declaredErrors } from './declared-errors.ts';
import type { Answer, Route } from './route.ts';

/** True where each answer is to be held against what its route declares: in tests, which set `DUCTILE_CHECK_ANSWERS`. */
export function checksAnswers(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['DUCTILE_CHECK_ANSWERS'] === '1';
}

/** Throws when an answer has a status or a body that its route does not declare. */
export function checkAnswer({ method, path, answers }: Route, { status, body }: Answer): void {
  const where = `${method} ${path} answered ${status}`;
  const declared = answers[status];
  if (declared === undefined) throw new Error(`${where}, which it does not declare`);
  if (declared.contentType !== undefined) return;
  // What is sent is what counts: JSON drops what is undefined.
  const result = declared.schema.safeParse(JSON.parse(JSON.stringify(body)));
  if (result.success) return;
  const wrong = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`${where} with another body than it declares: ${wrong.join('; ')}`);
}

/** The error that a request ended in, or a bug when its route does not declare it. */
export function checkedError(route: Route, error: unknown): unknown {
  if (!(error instanceof OperatorError) || declaredErrors(route).includes(error.code)) return error;
  return new Error(`${route.method} ${route.path} ended in ${error.code}, which it does not declare`, { cause: error });
}
