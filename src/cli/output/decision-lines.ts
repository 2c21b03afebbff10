import type { DecisionAnswer } from '../answers.ts';
import type { Paint } from './paint.ts';

/** What became of an event, a line for each route that looked at it. */
export function decisionLines(decisions: readonly DecisionAnswer[], paint: Paint): readonly string[] {
  return decisions.map(
    ({ code, text }) => `  ${code === 'route_taken' ? paint('good', '✓') : paint('dim', '·')} ${text}\n`,
  );
}
