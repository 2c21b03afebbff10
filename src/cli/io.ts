/** A place to write text to. */
export interface Sink {
  write(text: string): void;
  /** True when a person looks at it: text for people instead of lines for programs. */
  readonly isTerminal: boolean;
  /** True when it understands colours and wants them: a terminal, unless NO_COLOR is set or it is a dumb one. */
  readonly colours: boolean;
  /** Width in characters; unlimited where nobody looks. */
  readonly columns: number;
  /** Height in lines; missing where nobody looks. */
  readonly rows?: number | undefined;
  /** Aborts when whoever reads has gone away, as `head` does; missing: nobody can. */
  readonly gone?: AbortSignal;
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
  /** True when a person types the standard input. */
  readonly stdinIsTerminal: boolean;
  /** All of standard input as text. */
  readStdin(): Promise<string>;
  /** The next line of standard input without its end; null when there is none. */
  readLine(): Promise<string | null>;
  /** Calls `hear` for each SIGINT and SIGTERM from now on; returns the function that ends it. */
  onEndSignal(hear: (signal: EndSignal) => void): () => void;
  /** Calls `hear` whenever the terminal of standard output has another size; returns the function that ends it. */
  onResize(hear: () => void): () => void;
  /** Calls `hear` for each SIGHUP from now on; without it, one ends the process. */
  onHangup(hear: () => void): void;
  /** Files made from now on are readable by this user alone. */
  restrictUmask(): void;
  /** Has a person edit a file: runs the command line of an editor on it and resolves to its exit code. */
  runEditor(editor: string, file: string): Promise<number>;
  /** Ends the process as soon as what was written has left it. */
  exit(code: number): void;
}
