/** A place to write text to. */
export interface Sink {
  write(text: string): void;
  /** True when a person looks at it: colours and relative layout are welcome. */
  readonly isTerminal: boolean;
  /** Width in characters. */
  readonly columns: number;
}

/** A signal that asks the process to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM';

/** Everything a command needs of the process it runs in. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly pid: number;
  readonly isRoot: boolean;
  /** All of standard input as text. */
  readStdin(): Promise<string>;
  /** Calls `hear` for each SIGINT and SIGTERM from now on; returns the function that ends it. */
  onEndSignal(hear: (signal: EndSignal) => void): () => void;
  /** Files made from now on are readable by this user alone. */
  restrictUmask(): void;
  /** Ends the process at once. */
  exit(code: number): never;
}
