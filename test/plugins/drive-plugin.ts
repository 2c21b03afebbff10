import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

const ROOT = resolve(import.meta.dirname, '../..');

/** A JSON object as a plugin writes it; tests look into it with assertions, not with types. */
interface PluginResponse {
  readonly protocol: number;
  readonly status: string;
  readonly result?: Record<string, unknown>;
  readonly state_updates?: Record<string, unknown>;
  readonly events?: readonly { type: string; payload: Record<string, unknown>; event_id?: string }[];
  readonly logs?: readonly { level: string; message: string }[];
  readonly error?: { code: string; message: string };
}

/** What one run of a plugin left behind. */
interface PluginRun {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly response: PluginResponse;
}

/** A directory of the test's own, removed after it. */
export function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'ductile-plugin-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs the executable of the plugin in `directory` (relative to the project) on one request, as the gateway would. */
export async function drivePlugin(
  directory: string,
  request: Record<string, unknown>,
  env: Record<string, string> = {},
): Promise<PluginRun> {
  return feedPlugin(directory, JSON.stringify(fullRequest(request)), env);
}

/** Runs the plugin on any bytes at all. */
export async function feedPlugin(
  directory: string,
  stdin: string,
  env: Record<string, string> = {},
): Promise<PluginRun> {
  const child = spawn(join(ROOT, directory, manifestOf(directory).entrypoint), {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', ...env },
  });
  child.stdin.end(stdin);
  const exit = new Promise<number | null>((settle, reject) => child.on('close', settle).on('error', reject));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { exitCode, stderr, response: JSON.parse(stdout) };
}

interface Manifest {
  readonly entrypoint: string;
  readonly commands: Record<string, { input_schema?: object }>;
  readonly events?: readonly { type: string; schema?: object }[];
}

/** The plugin's manifest, as written. */
export function manifestOf(directory: string): Manifest {
  return parse(readFileSync(join(ROOT, directory, 'manifest.yaml'), 'utf8'));
}

/** Every way in which the events of a response break the schemas of the plugin's manifest. */
export function eventFaults(directory: string, response: PluginResponse): string[] {
  const schemas = new Map((manifestOf(directory).events ?? []).map((event) => [event.type, event.schema ?? {}]));
  return (response.events ?? []).flatMap((event) => {
    const schema = schemas.get(event.type);
    return schema === undefined ? [`${event.type} is not declared`] : schemaFaults(schema, event.payload);
  });
}

/** Every way in which `value` breaks a JSON Schema. */
export function schemaFaults(schema: object, value: unknown): string[] {
  const ajv = new Ajv({ allErrors: true });
  ajv.validate(schema, value);
  return (ajv.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

function fullRequest(request: Record<string, unknown>): Record<string, unknown> {
  return {
    protocol: 1,
    job_id: '019376b0-0000-7000-8000-000000000001',
    instance: 'tested',
    plugin: 'tested',
    command: 'poll',
    attempt: 1,
    max_attempts: 5,
    idempotency_key: '019376b0-0000-7000-8000-000000000002',
    deadline_at: '2099-01-01T00:00:00.000Z',
    previous_attempts: [],
    config: {},
    state: {},
    payload: {},
    ...request,
  };
}
