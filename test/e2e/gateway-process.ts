import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FAULT_VARIABLE } from '../../prove/fault-variable.ts';

const ARM = new URL('../../prove/arm-fault-point.ts', import.meta.url).href;
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A line of the gateway's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** What a command printed as JSON; tests read it without a schema, as a script would. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is what these tests are about.
export type Answer = Record<string, any>;

/** How a command line ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A gateway in a process of its own. */
export interface GatewayProcess {
  readonly pid: number;
  readonly lines: readonly LogLine[];
  /** Resolves to the first line, past or future, that `matches`; rejects when the process ends before. */
  line(matches: (line: LogLine) => boolean): Promise<LogLine>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when the process has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** A folder with a configuration, plugins and a state directory, all of which go with the test. */
export interface Site {
  readonly dir: string;
  readonly config: string;
  readonly stateDir: string;
  /** Starts the gateway and resolves when it is ready. */
  start(): Promise<GatewayProcess>;
  /** Starts the gateway without waiting for anything; `killAt`: it kills itself when it comes to a fault point for the nth time, `<point>:<n>`. */
  launch(options?: { readonly killAt?: string }): GatewayProcess;
  /** Runs `ductile <args> --config <the site's>`. */
  ductile(...args: readonly string[]): Promise<CommandResult>;
  /** The same with --json, parsed. */
  json(...args: readonly string[]): Promise<Answer>;
}

/** Writes `files` (path → text; texts that begin with `#!` become executable) and a `ductile.yaml` into a new folder. */
export function site(t: TestContext, config: string, files: Readonly<Record<string, string>> = {}): Site {
  const dir = mkdtempSync(join(tmpdir(), 'ductile-e2e-'));
  const running = new Set<ChildProcess>();
  t.after(async () => {
    for (const child of running) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  });
  const file = join(dir, 'ductile.yaml');
  writeFiles(dir, { 'ductile.yaml': withoutApi(config), ...files });

  function launch({ killAt }: { readonly killAt?: string } = {}): GatewayProcess {
    const armed = killAt === undefined ? [] : ['--import', ARM];
    const env = { ...environment(), ...(killAt === undefined ? {} : { [FAULT_VARIABLE]: killAt }) };
    const child = spawn(process.execPath, [...armed, MAIN, 'start', '--config', file], { cwd: dir, env });
    running.add(child);
    child.on('exit', () => running.delete(child));
    return watch(child);
  }

  function ductile(...args: readonly string[]): Promise<CommandResult> {
    const child = spawn(process.execPath, [MAIN, ...args, '--config', file], { cwd: dir, env: environment() });
    running.add(child);
    child.on('exit', () => running.delete(child));
    return resultOf(child);
  }

  return {
    dir,
    config: file,
    stateDir: join(dir, 'state'),
    launch,
    async start() {
      const gateway = launch();
      await gateway.line(({ msg }) => msg === 'the gateway is ready');
      return gateway;
    },
    ductile,
    async json(...args) {
      const { stdout, stderr } = await ductile(...args, '--json');
      try {
        return JSON.parse(stdout) as Answer;
      } catch {
        throw new Error(`${args.join(' ')} printed no JSON: ${stdout}${stderr}`);
      }
    },
  };
}

/** The configuration with no listener for the API, unless it says where: gateways of tests run beside each other. */
export function withoutApi(config: string): string {
  if (/^api:/m.test(config)) return config;
  if (config.startsWith('{')) return JSON.stringify({ api: { listen: 'none' }, ...JSON.parse(config) });
  return `${config}${config.endsWith('\n') ? '' : '\n'}api: { listen: none }\n`;
}

/** Writes files below a folder; those that begin with `#!` become executable. */
export function writeFiles(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    const target = join(dir, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    writeFileSync(target, text);
    chmodSync(target, text.startsWith('#!') ? 0o755 : 0o644);
  }
}

/** True while a process of that id exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The environment of the processes under test: nothing of the test runner's own. */
function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, XDG_STATE_HOME: '/nonexistent', DUCTILE_CHECK_ANSWERS: '1' };
}

function watch(child: ChildProcess): GatewayProcess {
  const lines: LogLine[] = [];
  const waiting = new Set<(line: LogLine) => void>();
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const { stdout, pid } = child;
  if (stdout === null || pid === undefined) throw new Error('the gateway was not started');
  createInterface({ input: stdout }).on('line', (text) => {
    const line = JSON.parse(text) as LogLine;
    lines.push(line);
    for (const hear of waiting) hear(line);
  });
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  return {
    pid,
    lines,
    ended,
    kill: (signal) => {
      child.kill(signal);
    },
    line(matches) {
      const known = lines.find(matches);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        const hear = (line: LogLine): void => {
          if (!matches(line)) return;
          waiting.delete(hear);
          resolve(line);
        };
        waiting.add(hear);
        void ended.then(({ code, signal }) =>
          reject(new Error(`the gateway ended (${code ?? signal}): ${stderr}${JSON.stringify(lines)}`)),
        );
      });
    },
  };
}

async function resultOf(child: ChildProcess): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  child.stdin?.end();
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, stdout, stderr };
}
