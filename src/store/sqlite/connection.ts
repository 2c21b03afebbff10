import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { NO_METER, type StoreMeter } from '../port/meter.ts';

/** What a statement takes: positional parameters. */
export type Parameter = SQLInputValue;

/** One SQLite connection with its statements prepared once, counting the rows it writes. */
export class Connection {
  #db: DatabaseSync;
  readonly #open: () => DatabaseSync;
  readonly #busyTimeoutMs: number;
  readonly #statements = new Map<string, StatementSync>();
  #written = 0;
  /** Masks secrets in what the store writes of its own accord. */
  readonly mask: (text: string) => string;
  readonly #meter: StoreMeter;
  /** What the meter is told once the transaction is committed. */
  #toTell: ((meter: StoreMeter) => void)[] = [];

  constructor(
    path: string,
    options: {
      readonly readOnly?: boolean;
      readonly busyTimeoutMs?: number;
      readonly mask?: (text: string) => string;
      /** Hears of what was committed. */
      readonly meter?: StoreMeter;
      /** Pragmas for each time the file is opened. */
      readonly setUp?: string;
    } = {},
  ) {
    const { readOnly = false, busyTimeoutMs: timeout = 5_000, setUp = '' } = options;
    this.mask = options.mask ?? ((text) => text);
    this.#meter = options.meter ?? NO_METER;
    this.#busyTimeoutMs = timeout;
    this.#open = () => {
      const db = new DatabaseSync(path, { readOnly, timeout });
      try {
        db.exec(`PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; ${setUp}`);
        return db;
      } catch (error) {
        db.close();
        throw error;
      }
    };
    this.#db = this.#open();
  }

  /** False once it was closed. */
  get isOpen(): boolean {
    return this.#db.isOpen;
  }

  /** Rows inserted, updated or deleted so far through `run`, committed or not; it only grows. */
  get written(): number {
    return this.#written;
  }

  /** Runs a statement that writes; returns the number of rows it changed. */
  run(sql: string, ...parameters: Parameter[]): number {
    const changes = Number(this.#prepared(sql).run(...parameters).changes);
    this.#written += changes;
    return changes;
  }

  /** Inserts one row and returns its rowid. */
  insert(sql: string, ...parameters: Parameter[]): number {
    const { changes, lastInsertRowid } = this.#prepared(sql).run(...parameters);
    this.#written += Number(changes);
    return Number(lastInsertRowid);
  }

  /** The first row of a query. `Row` is taken on trust: STRICT tables hold what the statement beside it selects. */
  get<Row>(sql: string, ...parameters: Parameter[]): Row | undefined {
    return this.#prepared(sql).get(...parameters) as Row | undefined;
  }

  /** All rows of a query, on the same trust as `get`. */
  all<Row>(sql: string, ...parameters: Parameter[]): Row[] {
    return this.#prepared(sql).all(...parameters) as Row[];
  }

  /** Runs SQL that must not be prepared once and kept: pragmas (some act while they are prepared) and scripts. */
  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** Sets how commits sync; ends a transaction that a failing disk left open, which would forbid it. */
  setSynchronous(mode: 'FULL' | 'NORMAL'): void {
    this.#rollback();
    this.#db.exec(`PRAGMA synchronous = ${mode}`);
  }

  /** Runs `work` without waiting for other processes. */
  withoutWaiting<T>(work: () => T): T {
    this.#db.exec('PRAGMA busy_timeout = 0');
    try {
      return work();
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`);
    }
  }

  /** Runs `work` in a transaction: all of it or, when it throws, nothing. */
  transaction<T>(work: () => T, begin: 'BEGIN' | 'BEGIN IMMEDIATE' = 'BEGIN IMMEDIATE'): T {
    this.#prepared(begin).run();
    try {
      const value = work();
      this.#prepared('COMMIT').run();
      const told = this.#toTell;
      this.#toTell = [];
      for (const tell of told) tell(this.#meter);
      return value;
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  /** Has the meter told if the open transaction commits. */
  tellMeter(tell: (meter: StoreMeter) => void): void {
    this.#toTell.push(tell);
  }

  /** Opens the file anew: what the connection believed of it is forgotten. When that fails it stays closed until the next call. */
  reopen(): void {
    this.close();
    this.#db = this.#open();
  }

  /** Closes the connection; a second call does nothing. */
  close(): void {
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  #rollback(): void {
    this.#toTell = [];
    // A full disk may have ended the transaction already.
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
