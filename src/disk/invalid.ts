import { OperatorError, type Problem } from '../domain/errors.ts';

/** The error that a configuration with problems ends in. */
export function invalid(file: string, problems: readonly Problem[]): OperatorError {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const count = errors.length === 1 ? 'an error' : `${errors.length} errors`;
  return new OperatorError('config_invalid', `${file} has ${count}`, {
    location: errors[0]?.location ?? null,
    problems,
  });
}
