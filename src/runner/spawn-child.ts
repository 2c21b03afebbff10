import { type ChildProcess, spawn } from 'node:child_process';
import { isMainThread } from 'node:worker_threads';
import type { Clock } from '../platform/clock.ts';
import { closeInheritedDescriptors } from './inherited-descriptors.ts';
import { signalGroup } from './process-group.ts';
import { explainSpawnError } from './spawn-error.ts';
import { createStdio, type Streams } from './stdio.ts';

/** What to start. */
export interface SpawnRequest {
  /** The program first, absolute. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** False: the child reads /dev/null. */
  readonly stdin: boolean;
  /** Becomes descriptor 3, if given. */
  readonly reportTo?: number;
}

/** A process that leads its own session and process group, or why there is none. */
export type Spawned =
  | { readonly ok: true; readonly child: ChildProcess; readonly pid: number; readonly streams: Streams }
  | { readonly ok: false; readonly message: string };

/** A program that was just written is busy until every process forked meanwhile has let go of it. */
const BUSY_TRIES = 10;
const BUSY_PAUSE_MS = 20;

/** Starts a process with descriptors 0, 1 and 2 only, and 3 where it is asked for; never rejects. */
export async function spawnChild(request: SpawnRequest, clock: Clock): Promise<Spawned> {
  // A signal for the death of the parent follows the thread that made the child: a worker's end would end it.
  if (!isMainThread) return { ok: false, message: `${request.argv[0]} was not started: only the main thread may` };
  closeInheritedDescriptors();
  for (let tries = 1; ; tries += 1) {
    const result = await spawnOnce(request, clock);
    if (result.ok) return result;
    if (result.code !== 'ETXTBSY' || tries >= BUSY_TRIES) return { ok: false, message: result.message };
    await new Promise<void>((resolve) => clock.after(BUSY_PAUSE_MS, resolve));
  }
}

async function spawnOnce(
  { argv, cwd, env, stdin, reportTo }: SpawnRequest,
  clock: Clock,
): Promise<Extract<Spawned, { ok: true }> | { ok: false; code: string; message: string }> {
  const [program = '', ...args] = argv;
  const stdio = await createStdio({ stdin, clock });
  const failed = (error: unknown): { ok: false; code: string; message: string } => {
    stdio.discard();
    const code = codeOf(error);
    if (code !== null) return { ok: false, code, message: explainSpawnError(code, { program, cwd, path: env.PATH }) };
    return { ok: false, code: '', message: error instanceof Error ? error.message : String(error) };
  };
  let child: ChildProcess;
  try {
    child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: reportTo === undefined ? stdio.forChild : [...stdio.forChild, reportTo],
    });
  } catch (error) {
    return failed(error);
  }
  const { pid } = child;
  // Without a process the reason comes as an event in the next turn.
  if (pid === undefined) return failed(await new Promise<unknown>((resolve) => child.once('error', resolve)));
  const streams = stdio.ours(child);
  if (streams !== null) return { ok: true, child, pid, streams };
  child.on('error', () => {});
  signalGroup({ pid }, 'SIGKILL');
  return failed(new Error(`${program} was started without its standard streams and was ended`));
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
