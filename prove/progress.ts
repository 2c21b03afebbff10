import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Campaign, CampaignResult, Merge } from './campaign.ts';

/** How far a run is: the sum of its chunks. */
export interface Progress {
  readonly campaign: string;
  readonly seed: number;
  /** Rounds that were asked for. */
  readonly of: number;
  /** Rounds that are done. */
  readonly rounds: number;
  readonly seconds: number;
  /** How often it was gone on with. */
  readonly resumed: number;
  /** What was attacked: a run must not be the sum of two versions. */
  readonly code: string;
  readonly result: Required<CampaignResult>;
}

/** A run at its beginning. */
export function newProgress(run: Pick<Progress, 'campaign' | 'seed' | 'of' | 'code'>): Progress {
  return { ...run, rounds: 0, seconds: 0, resumed: 0, result: { faults: 0, figures: {}, violations: [], skipped: [] } };
}

/** The run with one more chunk. */
export function withChunk(
  progress: Progress,
  chunk: { readonly rounds: number; readonly seconds: number; readonly result: CampaignResult },
  merges: Campaign['figures'] = {},
): Progress {
  const { result } = progress;
  const { faults, figures, violations, skipped = [] } = chunk.result;
  const merged = Object.entries(figures).map(([name, figure]) => {
    const before = result.figures[name];
    return [name, before === undefined ? figure : merge(before, figure, merges[name])];
  });
  return {
    ...progress,
    rounds: progress.rounds + chunk.rounds,
    seconds: progress.seconds + chunk.seconds,
    result: {
      faults: result.faults + faults,
      figures: { ...result.figures, ...Object.fromEntries(merged) },
      violations: [...result.violations, ...violations],
      skipped: [...new Set([...result.skipped, ...skipped])],
    },
  };
}

function merge(one: number | string, other: number | string, how?: Merge): number | string {
  switch (how ?? (typeof other === 'number' ? 'sum' : 'last')) {
    case 'sum':
      return Number(one) + Number(other);
    case 'max':
      return amountOf(one) > amountOf(other) ? one : other;
    case 'min':
      return amountOf(one) < amountOf(other) ? one : other;
    default:
      return other;
  }
}

function amountOf(figure: number | string): number {
  return Number.parseFloat(String(figure));
}

/** Where the progress of full runs is kept: one file a campaign. */
export interface ProgressFile {
  /** What is kept; null: nothing. Throws when it is of other code, or cannot be read. */
  read(code: string): Progress | null;
  keep(progress: Progress): void;
  drop(): void;
}

/** The file of a campaign in `dir`, which is made when something is kept. */
export function progressFile(dir: string, campaign: string): ProgressFile {
  const path = join(dir, `${campaign}.json`);
  return {
    read(code) {
      const text = readIfThere(path);
      if (text === null) return null;
      const progress = JSON.parse(text) as Progress;
      if (progress.code !== code) {
        throw new Error(`what was run of ${campaign} attacked other code; run it afresh, without --resume`);
      }
      return progress;
    },
    keep(progress) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, `${JSON.stringify(progress, null, 2)}\n`);
      renameSync(`${path}.new`, path);
    },
    drop: () => rmSync(path, { force: true }),
  };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** A digest of everything in these folders of `root`. */
export function digestOf(root: string, folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const files = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    for (const file of files) hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}
