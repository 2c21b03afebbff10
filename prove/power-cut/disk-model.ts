import type { Step } from './recording.ts';
import { type CutCounts, type CutStyle, UnsyncedFile } from './unsynced-file.ts';

/** A change of the directory: names that now lead to a file, or to none. */
type Renaming = readonly (readonly [name: string, file: UnsyncedFile | null])[];

/** What a disk holds after a cut, by name, and what of the latest changes is missing. */
export interface CutDisk {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly counts: Readonly<CutCounts>;
}

/**
 * A directory on a disk that promises no more than POSIX does, and no less than SQLite asks for
 * (https://sqlite.org/atomiccommit.html, "Hardware Assumptions"): what a completed sync of a file covers is kept;
 * anything later is kept, lost, reordered or torn, sector by sector, without touching bytes beside those that were
 * written. A name is kept for sure only once the directory was synced: syncing the file is not enough.
 */
export class DiskModel {
  readonly #present = new Map<string, UnsyncedFile>();
  readonly #synced = new Map<string, UnsyncedFile>();
  #renamings: Renaming[] = [];

  /** Does one step; throws when it cannot follow from those before. */
  take(step: Step): void {
    switch (step.kind) {
      case 'opened':
        if (!this.#present.has(step.name)) this.#rename([[step.name, new UnsyncedFile()]]);
        if (step.emptied) this.#file(step.name).resize(0);
        return;
      case 'written':
        this.#file(step.name).write(step.offset, step.data);
        return;
      case 'resized':
        this.#file(step.name).resize(step.size);
        return;
      case 'synced':
        if (step.name === '') this.#syncNames();
        else this.#file(step.name).sync();
        return;
      case 'removed':
        this.#file(step.name);
        this.#rename([[step.name, null]]);
        return;
      case 'renamed':
        this.#rename([
          [step.to, this.#file(step.name)],
          [step.name, null],
        ]);
        return;
      case 'acknowledged':
        return;
      default:
        step satisfies never;
    }
  }

  /** The files as the gateway sees them. */
  files(): ReadonlyMap<string, Buffer> {
    return new Map([...this.#present].map(([name, file]) => [name, file.content()]));
  }

  /** Cuts the power; the model itself goes on as if nothing had happened. */
  cut(style: CutStyle, random: () => number): CutDisk {
    const counts: CutCounts = { dropped: 0, reordered: 0, torn: 0, sizes: 0, names: 0 };
    const names = new Map(this.#synced);
    for (const renaming of this.#renamings) {
      if (random() < style.names) put(names, renaming);
      else counts.names += 1;
    }
    return { files: new Map([...names].map(([name, file]) => [name, file.cut(style, { random, counts })])), counts };
  }

  #file(name: string): UnsyncedFile {
    const file = this.#present.get(name);
    if (file === undefined) throw new Error(`the recording goes on with ${name}, which is not there`);
    return file;
  }

  #rename(renaming: Renaming): void {
    put(this.#present, renaming);
    this.#renamings.push(renaming);
  }

  #syncNames(): void {
    for (const renaming of this.#renamings) put(this.#synced, renaming);
    this.#renamings = [];
  }
}

function put(names: Map<string, UnsyncedFile>, renaming: Renaming): void {
  for (const [name, file] of renaming) {
    if (file === null) names.delete(name);
    else names.set(name, file);
  }
}
