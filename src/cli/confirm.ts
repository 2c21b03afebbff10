import { OperatorError } from '../domain/errors.ts';
import type { Session } from './command.ts';
import { visibleText } from './output/visible.ts';

/** The flag that answers the question of `confirmed`, for the options of a command. */
export const YES_OPTION = ['-y, --yes', 'do it without asking'] as const;

/** What is about to be done. */
interface Intent {
  /** --yes was given. */
  readonly yes: boolean | undefined;
  /** A whole question that names what changes and how much of it: `Retry 512 dead jobs of notify?` */
  readonly question: string;
}

/**
 * Asks before destructive work on many things; true: do it. Anything but yes is a no, which is said on standard error
 * (the command then ends with 1). Where nobody can be asked, without --yes: OperatorError `usage`, exit code 2.
 */
export async function confirmed(session: Session, { yes, question }: Intent): Promise<boolean> {
  const { io, paint } = session;
  if (yes === true) return true;
  if (!canAsk(session)) {
    throw new OperatorError('usage', `${question} Nobody can be asked here.`, {
      hint: 'say --yes to do it without asking; nothing was changed',
    });
  }
  io.stderr.write(`${visibleText(question)} ${paint('dim', '[y/N]')} `);
  const answer = await io.readLine();
  if (/^\s*y(es)?\s*$/i.test(answer ?? '')) return true;
  io.stderr.write(answer === null ? '\nnothing was changed\n' : 'nothing was changed\n');
  return false;
}

/** True where somebody sits who can answer. */
export function canAsk({ io, json }: Session): boolean {
  return !json && io.stdinIsTerminal && io.stderr.isTerminal;
}
