import { type Move, transitionOf } from './move.ts';

/** So many ends in a row at which a job was running make it a suspect. */
const ENDS = 2;

interface Suspicion {
  ends: number;
  suspect: boolean;
  /** The attempt that was counted last. */
  counted: number;
  orphans: number;
  isQueued: boolean;
}

/** What the poison guard promises, computed from nothing but the moves of jobs and the ends of the gateway. */
export interface Suspicions {
  /** The gateway comes back and finds these running. */
  ended(running: readonly { readonly id: string; readonly attempt: number }[]): void;
  /** Follows a move; `beside` are the other jobs that run then. Tells what of it breaks the promise. */
  follow(move: Move, beside: readonly string[]): readonly string[];
  /** How often each job became a suspect. */
  readonly became: ReadonlyMap<string, number>;
  isSuspect(id: string): boolean;
}

/** Nobody is suspected of anything yet. */
export function noSuspicions(): Suspicions {
  const jobs = new Map<string, Suspicion>();
  const became = new Map<string, number>();
  const of = (id: string): Suspicion => {
    const found = jobs.get(id) ?? { ends: 0, suspect: false, counted: 0, orphans: 0, isQueued: true };
    jobs.set(id, found);
    return found;
  };

  function orphaned(job: Suspicion, { id, after, code }: Move): readonly string[] {
    const wasSuspect = job.suspect;
    job.suspect = after === 'queued' && job.ends >= ENDS;
    if (after !== 'queued') job.ends = 0;
    if (job.suspect) became.set(id, (became.get(id) ?? 0) + 1);
    if (wasSuspect && after === 'queued')
      return [`poison: job ${id} runs again though the gateway died while it ran alone`];
    if (code === 'poison' && !wasSuspect) return [`poison: job ${id} is dead and never ran alone`];
    return [];
  }

  return {
    ended(running) {
      const fresh = running.filter(({ id, attempt }) => of(id).counted !== attempt);
      if (fresh.length === 0) return;
      for (const { id, attempt } of fresh) {
        const job = of(id);
        job.ends += 1;
        job.counted = attempt;
      }
      for (const job of jobs.values()) if (job.isQueued && !job.suspect) job.ends = 0;
    },
    follow(move, beside) {
      const { id, before, after } = move;
      const job = of(id);
      const isOrphan = move.orphans > job.orphans;
      job.orphans = move.orphans;
      job.isQueued = after === 'queued';
      if (before === 'running') {
        if (isOrphan || move.code === 'poison') return orphaned(job, move);
        if (job.suspect || after !== 'queued') job.ends = 0;
        job.suspect = false;
        return [];
      }
      if (after === 'running') {
        if (job.suspect && beside.length > 0) return [`poison: suspect ${id} runs beside ${beside.length} others`];
        const other = beside.find((one) => of(one).suspect);
        return other === undefined ? [] : [`poison: job ${id} runs beside suspect ${other}`];
      }
      if (transitionOf(move) !== null) {
        job.ends = 0;
        job.suspect = false;
      }
      return [];
    },
    became,
    isSuspect: (id) => jobs.get(id)?.suspect ?? false,
  };
}
