import type { Command, CommandOutcomes } from '../../port/commands.ts';
import type { Connection } from '../connection.ts';
import { recordOwnDecision } from '../own-decision.ts';
import { INSERT_STATE, replaceState } from '../state-versions.ts';

const RUNNING_OF = "SELECT id FROM jobs INDEXED BY jobs_running WHERE status = 'running' AND instance = ? LIMIT 1";

/** Makes a value the state of an instance, as a version of its own. */
export function setState(
  db: Connection,
  { instance, value, limitBytes, force, by, at }: Extract<Command, { kind: 'set_state' }>,
): CommandOutcomes['set_state'] {
  const running = force ? undefined : db.get<{ id: string }>(RUNNING_OF, instance);
  if (running !== undefined) return { kind: 'running', jobId: running.id };
  const { patched, before } = replaceState(db, { instance, value, limitBytes });
  if (patched.kind === 'too_large') return patched;
  if (patched.kind === 'unchanged') return { kind: 'unchanged', version: before };
  const { version, text } = patched;
  db.insert(INSERT_STATE, instance, version, at, '', 0, text);
  recordOwnDecision(db, {
    code: 'state_changed',
    at,
    text: `${by} changed the state of ${instance}: it is version ${version} now; version ${before} is what it was`,
    jobId: null,
    eventId: null,
    instance,
    schedule: null,
    route: null,
    values: { by, version, before, forced: force },
    collapseKey: null,
  });
  return { kind: 'changed', version };
}
