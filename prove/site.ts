import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killGateways } from './gateway-under-test.ts';
import { killAll, markedProcesses, processesNamed } from './processes.ts';
import { WORK_MANIFEST, WORK_PROGRAM } from './work-plugin.ts';

/** A directory with a configuration, the gateway's state and the evidence of a campaign. */
export interface Site {
  readonly dir: string;
  readonly config: string;
  readonly stateDir: string;
  readonly socket: string;
  readonly database: string;
  /** One acknowledged job id a line, written and synced by the clients. */
  readonly acknowledgements: string;
  /** One acknowledged cancellation or retry a line. */
  readonly orders: string;
  /** Steps of attempts, appended by the plugins. */
  readonly effects: string;
}

/** An instance of the `work` plugin, as it stands under `plugins:`. */
export type WorkInstance = (options?: {
  readonly config?: object;
  readonly concurrency?: number;
  readonly more?: object;
}) => object;

/** Makes a site, hands it to `run` and clears it away, with every process that is left. */
export async function withSite<T>(name: string, run: (site: Site) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), `ductile-prove-${name}-`));
  const site = siteIn(dir);
  const clear = (): void => {
    killGateways();
    killAll([...markedProcesses(site.stateDir), ...processesNamed(dir)]);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  const onSignal = (): void => {
    clear();
    process.exit(1);
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await run(site);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    clear();
  }
}

/** Where everything of a site in that directory is. */
export function siteAt(dir: string): Site {
  const stateDir = join(dir, 'state');
  return {
    dir,
    config: join(dir, 'ductile.yaml'),
    stateDir,
    socket: join(stateDir, 'ductile.sock'),
    database: join(stateDir, 'ductile.db'),
    acknowledgements: join(dir, 'acknowledged.log'),
    orders: join(dir, 'orders.log'),
    effects: join(dir, 'effects.log'),
  };
}

function siteIn(dir: string): Site {
  const site = siteAt(dir);
  for (const file of [site.effects, site.acknowledgements, site.orders]) writeFileSync(file, '');
  addPlugin(site, { name: 'work', manifest: WORK_MANIFEST, program: WORK_PROGRAM });
  return site;
}

/** Adds a plugin whose entrypoint is called `run.sh`, in whatever language it is. */
export function addPlugin(
  { dir }: Pick<Site, 'dir'>,
  plugin: { readonly name: string; readonly manifest: string; readonly program: string },
): void {
  const folder = join(dir, 'plugins', plugin.name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'manifest.yaml'), plugin.manifest);
  writeFileSync(join(folder, 'run.sh'), plugin.program);
  chmodSync(join(folder, 'run.sh'), 0o755);
}

/** Writes the site's configuration; `describe` gets what makes instances of `work`. */
export function configure(
  { config, effects }: Site,
  describe: (work: WorkInstance) => {
    readonly service: object;
    readonly plugins: object;
    readonly routes?: object[];
    readonly webhooks?: object;
  },
): void {
  const { service, ...rest } = describe(({ config: own, concurrency, more } = {}) => ({
    uses: 'work',
    ...(concurrency === undefined ? {} : { concurrency }),
    config: { effects, ...own },
    ...more,
  }));
  // JSON is YAML, too.
  writeFileSync(
    config,
    JSON.stringify({ service: { state_dir: './state', ...service }, api: { listen: 'none' }, ...rest }),
  );
}

/** A line of the log of effects. */
export interface Effect {
  readonly jobId: string;
  readonly attempt: number;
  readonly what: string;
  /** Of a beginning: the process and its gateway. */
  readonly more: readonly string[];
}

/** The log of effects so far; a line that is just being written is left out. */
export function effectsOf({ effects }: Pick<Site, 'effects'>): readonly Effect[] {
  const written = readFileSync(effects, 'utf8').split('\n').slice(0, -1);
  return written.map((line) => {
    const [jobId = '', attempt = '', what = '', ...more] = line.split(' ');
    return { jobId, attempt: Number(attempt), what, more };
  });
}
