import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'node:test';
import type { Store } from '../src/store/port.ts';
import { DATABASE_FILE, openSqliteStore } from '../src/store/sqlite/open.ts';

/** A directory for the stores of one test, made before it and cleared away after it with every store that it opened. */
export interface StoreSite {
  /** Where everything of the test may lie; absolute. */
  readonly root: string;
  /** Where `open` keeps the database; not made yet. */
  readonly dir: string;
  /** Stores to be closed after the test, besides those of `open`. */
  readonly opened: Store[];
  open(options?: Partial<Parameters<typeof openSqliteStore>[0]>): Store;
  /** Copies what a process that dies now leaves behind: the database and its log, without the shared memory. */
  copyAsAfterCrash(): string;
}

/** A site for each test of a file. */
export function storeSite(): StoreSite {
  let root = '';
  let opened: Store[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'ductile-store-'));
    opened = [];
  });
  afterEach(async () => {
    await Promise.all(opened.map((store) => store.close()));
    rmSync(root, { recursive: true, force: true });
  });
  return {
    get root() {
      return root;
    },
    get dir() {
      return join(root, 'state');
    },
    get opened() {
      return opened;
    },
    open(options = {}) {
      const store = openSqliteStore({ dir: join(root, 'state'), ...options });
      opened.push(store);
      return store;
    },
    copyAsAfterCrash() {
      const copy = join(root, 'copy');
      mkdirSync(copy);
      for (const file of [DATABASE_FILE, `${DATABASE_FILE}-wal`])
        copyFileSync(join(root, 'state', file), join(copy, file));
      return copy;
    },
  };
}
