import { once } from 'node:events';
import { chmodSync, rmSync, type Stats, statSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { prepareSocketDir, socketPathOf } from '../disk/socket-path.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

/** How often the path is looked at, in milliseconds: no oftener than the clocks are compared anyway. */
const LOOK_EVERY_MS = 10_000;

/** The socket of a gateway for the command line. */
export interface ApiSocket {
  readonly path: string;
  /** Ends the looking; the API itself is closed by whoever made it. */
  stop(): Promise<void>;
}

/**
 * Lets the API listen at the socket of a state directory that the caller holds. Somebody may delete the file, such as
 * whoever clears the temporary folder; without it nobody gets in, so it is made anew, while requests under way go on.
 */
export async function openApiSocket({
  api,
  stateDir,
  clock,
  log,
}: {
  readonly api: FastifyInstance;
  readonly stateDir: string;
  readonly clock: Pick<Clock, 'after'>;
  readonly log: Log;
}): Promise<ApiSocket> {
  const path = socketPathOf(stateDir);
  let cancelTimer: () => void = () => {};
  let looking: Promise<void> = Promise.resolve();
  let stopped = false;
  let failing = false;

  clear(path);
  await api.listen({ path });
  let own = made(path);

  async function look(): Promise<void> {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && found.ino === own?.ino && found.dev === own.dev) return;
    own = undefined;
    clear(path);
    // Accepts nothing more at the file that is gone. Closing also deletes what bears its name: before the new one is made.
    if (api.server.listening) api.server.close();
    api.server.listen({ path });
    await once(api.server, 'listening');
    own = made(path);
    failing = false;
    log.warn('the socket of the command line was deleted; it is there again', { socket: path });
  }

  async function lookSafely(): Promise<void> {
    try {
      await look();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (!failing)
        log.error('the socket of the command line is gone and cannot be made', { socket: path, error: why });
      failing = true;
    }
  }

  function arm(): void {
    cancelTimer = clock.after(LOOK_EVERY_MS, () => {
      looking = lookSafely().then(() => {
        if (!stopped) arm();
      });
    });
  }

  arm();
  return {
    path,
    async stop() {
      stopped = true;
      cancelTimer();
      await looking;
    },
  };
}

/** Only the holder of the lock gets here, so a socket file that is there belongs to nobody. */
function clear(path: string): void {
  prepareSocketDir(path);
  rmSync(path, { force: true });
}

function made(path: string): Stats | undefined {
  chmodSync(path, 0o600);
  return statSync(path, { throwIfNoEntry: false });
}
