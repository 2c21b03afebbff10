import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { JobAnswer, JobReplayAnswer } from './answers.ts';
import type { Session } from './command.ts';
import { sayNoGateway } from './no-gateway.ts';
import { jobReplayText } from './output/job-replay-text.ts';
import { payloadOf } from './payload.ts';

/** Options of `ductile dead edit`. */
export interface EditOptions {
  readonly payload?: string;
  readonly sameKey?: true;
}

/** Replays a job with another payload: the one that is given, or what a person makes of the old one in an editor. */
export async function editJob(session: Session, { payload: given, sameKey }: EditOptions, id: string): Promise<number> {
  const path = `/api/v1/jobs/${encodeURIComponent(id)}`;
  return session.withGateway('write', async ({ request, dormant }) => {
    const payload =
      given === undefined ? await edited(session, () => request('GET', path)) : await payloadOf(given, session.io);
    if (payload === undefined) {
      session.io.stderr.write('The payload was not changed, so nothing was done.\n');
      return 1;
    }
    const replay = await request<JobReplayAnswer>('POST', `${path}/replay`, { payload, same_key: sameKey ?? false });
    session.show(replay, jobReplayText);
    if (dormant !== null) sayNoGateway(session);
    return 0;
  });
}

/** What a person made of the payload; undefined: it was left as it was. What is masked stays so, and the gateway puts it back. */
async function edited(session: Session, job: () => Promise<JobAnswer>): Promise<Json | undefined> {
  const { io, json } = session;
  if (json || !io.stdinIsTerminal || !io.stdout.isTerminal) {
    throw new OperatorError('usage', 'there is no terminal to edit the payload in', { hint: 'give it with --payload' });
  }
  const before = `${JSON.stringify((await job()).payload, null, 2)}\n`;
  const editor = [io.env['VISUAL'], io.env['EDITOR']].find((name) => name !== undefined && name !== '') ?? 'vi';
  const dir = mkdtempSync(join(tmpdir(), 'ductile-edit-'));
  const file = join(dir, 'payload.json');
  try {
    writeFileSync(file, before, { mode: 0o600 });
    const code = await io.runEditor(editor, file);
    if (code !== 0) {
      throw new OperatorError('usage', `the editor (${editor}) ended with ${code}`, {
        hint: 'set $EDITOR to another one; nothing was done',
      });
    }
    const after = readFileSync(file, 'utf8');
    return after === before ? undefined : await payloadOf(after, io);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
