import { OperatorError } from '../../domain/errors.ts';
import { storageError } from '../../store/sqlite/sqlite-error.ts';

/** What a check of the doctor came to. */
export interface DoctorFinding {
  /** What was looked at, such as `storage` or `plugin hello`. */
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  /** What was found, in one sentence. */
  readonly text: string;
  /** What to do; null where nothing need be done. */
  readonly hint: string | null;
}

/** Says that something is as it should be. */
export function ok(check: string, text: string): DoctorFinding {
  return { check, level: 'ok', text, hint: null };
}

/** Says that something works, and may not always. */
export function warn(check: string, text: string, hint: string): DoctorFinding {
  return { check, level: 'warn', text, hint };
}

/** Says that something does not work. */
export function fail(check: string, text: string, hint: string): DoctorFinding {
  return { check, level: 'fail', text, hint };
}

/** Runs a check that something may keep from looking: then that is the finding. */
export function guarded(check: string, look: () => readonly DoctorFinding[]): readonly DoctorFinding[] {
  try {
    return look();
  } catch (error) {
    const known = storageError(error);
    if (known instanceof OperatorError && known.code === 'storage_damaged')
      return [fail(check, known.message, known.hint)];
    const why = error instanceof Error ? error.message : String(error);
    return [fail(check, `it could not be looked at: ${why}`, 'Run the doctor as the user that the gateway runs as.')];
  }
}
