import type { OperatorError } from '../../domain/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { StorageHealth } from '../port.ts';
import { castsDoubt, isFull, storageError } from './sqlite-error.ts';

/** How long the storage is left alone after it was found to refuse still, in milliseconds. */
const PROBE_EVERY_MS = 500;
/** Trouble that comes again sooner than this after it was told of is not told of again, in milliseconds. */
const TOLD_EVERY_MS = 60_000;

/** Knows whether the storage takes writes, and finds out when it does again. It has no timer: whoever asks for something lets it try. */
export interface Health {
  /** Call it before each write; throws `storage_unavailable` or `storage_damaged` while the storage refuses. */
  ready(): void;
  /** Tries to mend what is refused, at most twice a second. */
  tend(): void;
  /** Takes note of an error; one that is not about the storage itself is ignored. */
  failed(error: unknown): void;
  /** Takes note that the database is not where it was. */
  lost(error: OperatorError): void;
  /** Takes note of damage that was found beside the work, which goes on. */
  damaged(message: string): void;
  state(): StorageHealth;
}

interface Trouble {
  readonly since: number;
  readonly began: number;
  readonly told: boolean;
  /** Something may be wrong with what the connections believe. */
  suspect: boolean;
  error: unknown;
  probeAt: number;
}

/**
 * Health that begins well. `mend` must make the storage usable or throw; it is told whether the connections can be
 * trusted, and ends with a write that was synced, so that the trouble is over when it returns.
 */
export function createHealth({
  now,
  monotonic,
  log,
  mend,
}: {
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: Log;
  readonly mend: (suspect: boolean) => void;
}): Health {
  let trouble: Trouble | null = null;
  let damage: { readonly since: number; readonly message: string } | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;

  function failed(error: unknown): void {
    const suspect = castsDoubt(error);
    if (suspect || isFull(error)) note(error, suspect);
  }

  function note(error: unknown, suspect: boolean): void {
    if (trouble !== null) {
      trouble.error = error;
      trouble.suspect ||= suspect;
      return;
    }
    const began = monotonic();
    const told = began - toldAt >= TOLD_EVERY_MS;
    trouble = { since: now(), began, told, suspect, error, probeAt: began };
    if (!told) return;
    toldAt = began;
    log.error('the storage refuses; nothing is accepted or started until it works again', { error: messageOf(error) });
  }

  function tend(): void {
    if (trouble === null || monotonic() < trouble.probeAt) return;
    try {
      mend(trouble.suspect);
    } catch (error) {
      failed(error);
      trouble.probeAt = monotonic() + PROBE_EVERY_MS;
      return;
    }
    const { told, began } = trouble;
    trouble = null;
    if (told) log.info('the storage works again', { after_ms: Math.round(monotonic() - began) });
  }

  return {
    failed,
    tend,
    ready() {
      tend();
      if (trouble !== null) throw storageError(trouble.error);
    },
    lost(error) {
      note(error, true);
    },
    damaged(message) {
      damage = { since: now(), message };
    },
    state() {
      if (trouble !== null) return { ok: false, since: trouble.since, message: messageOf(trouble.error) };
      if (damage !== null) return { ok: false, ...damage };
      return { ok: true, since: null, message: null };
    },
  };
}

function messageOf(error: unknown): string {
  const known = storageError(error);
  return known instanceof Error ? known.message : String(known);
}
