import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Instance, Program } from '../../src/domain/instance.ts';
import type { Job } from '../../src/domain/job.ts';
import type { CommandSpec } from '../../src/domain/manifest.ts';
import type { KeptResponse, Run } from '../../src/domain/outcome.ts';
import { createRedactor } from '../../src/domain/redact.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { childEnvironment, type Markers } from '../../src/runner/environment.ts';
import { createRunPlugin, type RunRequest } from '../../src/runner/run-plugin.ts';
import { type ProcessRequest, type ProcessResult, runProcess } from '../../src/runner/run-process.ts';
import { findMarked, killMarked } from '../../src/runner/sweep.ts';
import { commandOf, instanceOf, jobOf, manifestOf } from '../values.ts';

/** What the redactor of every test knows. */
export const SECRET = 'correct-horse-battery-staple';

/** A directory and a marker of its own for one test, at whose end no process with the marker may be left. */
export interface Bench {
  readonly dir: string;
  readonly markers: Markers;
  /** Resolves when a fixture has made this file in the working directory. */
  appears(name: string): Promise<void>;
  /** Runs a fixture program without any protocol around it. */
  process(program: string, overrides?: Overrides): Promise<ProcessResult>;
  /** Runs a fixture program as the entrypoint of a plugin, or anything else that `program` says. */
  plugin(program: string | Program, overrides?: PluginOverrides): Promise<Run & KeptResponse>;
}

/** What a test changes of an ordinary process. */
export type Overrides = Partial<ProcessRequest> & {
  readonly own?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
};

/** What a test changes of an ordinary attempt. */
export interface PluginOverrides {
  readonly instance?: Partial<Instance>;
  readonly job?: Partial<Job>;
  readonly request?: Partial<RunRequest>;
  readonly command?: Partial<CommandSpec>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly distrust?: string;
}

/** The system's clock, but for timers of one span: those ring when `ring` is called. */
export function clockWithBell(span: number): { readonly clock: Clock; ring(): void } {
  const wakes: (() => void)[] = [];
  const after: Clock['after'] = (ms, wake) => {
    if (ms !== span) return systemClock.after(ms, wake);
    wakes.push(wake);
    return () => {};
  };
  return {
    clock: { ...systemClock, after },
    ring: () => {
      for (const wake of wakes) wake();
    },
  };
}

let benches = 0;

/** Absolute path of a fixture program. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/programs/${name}`, import.meta.url));
}

/** Prepares a bench; whatever the test leaves behind fails it. */
export function bench(t: TestContext): Bench {
  benches += 1;
  const dir = mkdtempSync(join(tmpdir(), 'ductile-runner-'));
  const markers = { gateway: `test-${process.pid}-${benches}`, attempt: 'job.1' };
  const redactor = createRedactor({ secrets: [SECRET], keys: [], patterns: [] });
  const cwd = join(dir, 'instance');
  mkdirSync(cwd);
  t.after(async () => {
    const left = await findMarked(markers);
    await killMarked({ gateway: markers.gateway, keep: new Set(), graceMs: 0 });
    rmSync(dir, { recursive: true, force: true });
    assert.deepEqual(left, [], 'no process is left behind');
  });

  return {
    dir: cwd,
    markers,
    appears: (name) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!existsSync(join(cwd, name))) return;
          watcher.close();
          resolve();
        };
        const watcher = watch(cwd, look);
        look();
      }),
    process: (program, { own = {}, clock = systemClock, ...overrides } = {}) =>
      runProcess(
        {
          argv: [fixture(program)],
          cwd,
          env: childEnvironment({ gateway: process.env, own, markers }),
          stdin: new Uint8Array(0),
          timeoutMs: 20_000,
          graceMs: 5_000,
          drainMs: 250,
          stdoutBytes: 10_485_760,
          stdoutKeep: 'all',
          stderrKeepBytes: 65_536,
          stderrMaxBytes: 64 * 65_536,
          stderrFile: join(dir, 'stderr'),
          stderrMask: redactor.stream(),
          signal: new AbortController().signal,
          ...overrides,
        },
        clock,
      ),
    plugin(program, overrides = {}) {
      const run = createRunPlugin({
        clock: systemClock,
        environment: overrides.environment ?? process.env,
        inspect: () => overrides.distrust ?? null,
      });
      return run({
        job: { ...JOB, ...overrides.job },
        instance: fixtureInstance(program, overrides),
        state: {},
        event: null,
        delivery: null,
        previousAttempts: [],
        workspace: join(dir, 'workspace'),
        cwd,
        stderrFile: join(dir, 'stderr'),
        signal: new AbortController().signal,
        markers,
        redactor,
        ...overrides.request,
      });
    },
  };
}

function fixtureInstance(program: string | Program, { command, instance }: PluginOverrides): Instance {
  return instanceOf({
    name: 'fixture',
    manifest: manifestOf([commandOf(command)], { name: 'fixture' }),
    program:
      typeof program === 'string'
        ? { kind: 'plugin', root: fixture(''), dir: fixture(''), entrypoint: fixture(program) }
        : program,
    config: { token: SECRET },
    defaultTimeoutMs: 20_000,
    ...instance,
  });
}

const JOB = jobOf({
  id: '01975a3e-0000-7000-8000-000000000001',
  instance: 'fixture',
  command: 'poll',
  payload: { n: 1 },
  idempotencyKey: 'key-1',
});
