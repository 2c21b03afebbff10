import { loadSnapshot } from '../disk/build-snapshot.ts';
import { OperatorError } from '../domain/errors.ts';
import { type Dormant, openForReading, openForWriting } from '../gateway/dormant.ts';
import { createLog } from '../platform/log.ts';
import type { Io } from './io.ts';
import { logWriter } from './output/log-line.ts';

/** Opens the files of a configuration whose gateway does not run. */
export async function openOwnFiles({
  io,
  file,
  need,
}: {
  readonly io: Io;
  readonly file: string;
  readonly need: 'read' | 'write';
}): Promise<Dormant> {
  const { snapshot } = loadSnapshot({ file, env: io.env });
  // What the API calls internal is explained by the log, and nobody else writes one here.
  const log = createLog({ level: 'error', write: logWriter(io.stderr), redact: snapshot.redactor });
  const options = { snapshot, log, environment: io.env, pid: io.pid };
  return need === 'read' ? openForReading(options) : takeFiles(options);
}

async function takeFiles(options: Parameters<typeof openForWriting>[0]): Promise<Dormant> {
  try {
    return await openForWriting(options);
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'already_running') throw error;
    throw new OperatorError('gateway_unreachable', `${error.message}, but its socket does not answer`, {
      hint: 'It is starting, stopping, or a `ductile run --wait` without a gateway; try again in a moment.',
      cause: error,
    });
  }
}
