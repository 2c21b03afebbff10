import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bench, fixture, type PluginOverrides } from '../../test/runner/harness.ts';
import { DEFAULT_LIMITS, type Instance } from '../domain/instance.ts';
import { systemClock } from '../platform/clock.ts';
import { contain, NO_PLACES } from './containment.ts';
import { tierAvailable } from './containment-check.ts';
import { containmentTools } from './containment-tools.ts';

const TIERS = ['group', 'pidns', 'bwrap'] as const;

function within(tier: (typeof TIERS)[number], change: Partial<Instance> = {}): PluginOverrides {
  return { instance: { containment: { tier, network: true, noNewPrivs: null }, ...change } };
}

/** Ids of the processes whose command line holds a word. */
function running(word: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && commandLine(pid).includes(word));
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

function untilGone(word: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (running(word).length === 0) resolve();
      else systemClock.after(20, look);
    };
    look();
  });
}

for (const tier of TIERS) {
  const skip = tierAvailable(tier) ?? false;

  describe(`an attempt in the tier ${tier}`, { skip }, () => {
    it('answers, with three descriptors, the allowed environment, and its request on stdin', async (t) => {
      const { plugin } = bench(t);
      const descriptors = await plugin('shows-descriptors.py', within(tier));
      assert.equal(descriptors.outcome.kind, 'answered', JSON.stringify(descriptors));
      assert.deepEqual(descriptors.outcome.kind === 'answered' && descriptors.outcome.response.result, [0, 1, 2]);
      const shown = await plugin('shows-environment.mjs', {
        ...within(tier),
        environment: { PATH: process.env['PATH'] },
      });
      assert.equal(shown.outcome.kind, 'answered', JSON.stringify(shown));
      const { result } = shown.outcome.kind === 'answered' ? shown.outcome.response : { result: null };
      const env = typeof result === 'object' && result !== null && 'env' in result ? result['env'] : null;
      // Node adds this one while coverage is measured.
      const names = Object.keys(env ?? {})
        .filter((name) => name !== 'NODE_V8_COVERAGE')
        .toSorted();
      const temporary = tier === 'bwrap' ? ['TMPDIR'] : [];
      assert.deepEqual(names, ['DUCTILE_ATTEMPT', 'DUCTILE_GATEWAY', 'PATH', ...temporary]);
      assert.equal((await plugin('answers.py', within(tier))).outcome.kind, 'answered');
    });

    const endings = [
      ['exit 7', 7, null],
      ['exit 126', 126, null],
      ['exit 127', 127, null],
      ['exit 137', 137, null],
      ['exit 143', 143, null],
      ['kill -KILL $$', null, 'SIGKILL'],
      ['kill -TERM $$', null, 'SIGTERM'],
      ['kill -SEGV $$', null, 'SIGSEGV'],
      ['echo "setpriv: nonsense" >&2; exit 127', 127, null],
    ] as const;
    for (const [shell, exitCode, signal] of endings) {
      it(`tells exactly how a program ended: ${shell}`, async (t) => {
        const { outcome, evidence } = await bench(t).plugin(execOf(shell), within(tier));
        assert.deepEqual([evidence.exitCode, evidence.signal], [exitCode, signal], evidence.stderr);
        assert.deepEqual(outcome, signal === null ? { kind: 'exited' } : { kind: 'crashed', signal });
      });
    }

    it('says what could not be executed, and why', async (t) => {
      const { plugin } = bench(t);
      const wrong = await plugin('no-such-interpreter.sh', within(tier));
      assert.equal(wrong.outcome.kind, 'spawn_failed', JSON.stringify(wrong));
      assert.match(wrong.outcome.kind === 'spawn_failed' ? wrong.outcome.message : '', /was not found; install it/);
      const closed = await plugin('not-executable.sh', within(tier));
      assert.match(closed.outcome.kind === 'spawn_failed' ? closed.outcome.message : '', /may not be executed/);
      const limits = { ...DEFAULT_LIMITS, openFiles: 64 };
      const limited = await plugin('not-executable.sh', within(tier, { limits }));
      assert.match(limited.outcome.kind === 'spawn_failed' ? limited.outcome.message : '', /may not be executed/);
    });

    it('may answer TERM within its grace, and is killed after it', async (t) => {
      const { plugin, appears } = bench(t);
      const controller = new AbortController();
      const polite = plugin('answers-on-term.sh', { ...within(tier), request: { signal: controller.signal } });
      await appears('ready');
      controller.abort('cancelled');
      const { outcome, evidence } = await polite;
      assert.deepEqual([outcome.kind, evidence.exitCode, evidence.signal], ['cancelled', 0, null]);
    });

    it('is killed when it does not heed TERM', async (t) => {
      const { plugin, appears } = bench(t);
      const controller = new AbortController();
      const deaf = plugin('ignores-term.sh', { ...within(tier), request: { signal: controller.signal } });
      await appears('ready');
      controller.abort('cancelled');
      const { outcome, evidence } = await deaf;
      assert.deepEqual([outcome.kind, evidence.signal], ['cancelled', 'SIGKILL']);
    });

    it('is bound by limits', async (t) => {
      const { plugin } = bench(t);
      const limits = { ...DEFAULT_LIMITS, openFiles: 64, cpuSeconds: 100, fileBytes: 4_096, memoryBytes: 2 ** 32 };
      const { outcome } = await plugin(execOf('for each in n t f v; do ulimit -$each; done'), within(tier, { limits }));
      const said = outcome.kind === 'answered' ? String(outcome.response.result) : JSON.stringify(outcome);
      const numbers = said.trim().split(/\s+/).map(Number);
      for (const number of [64, 100, 8, 4_194_304]) assert.ok(numbers.includes(number), said);
      const { evidence } = await plugin(execOf('head -c 100000 /dev/zero > big'), within(tier, { limits }));
      assert.notEqual(evidence.exitCode, 0);
    });

    it('leaves nothing behind', { skip: tier === 'group' }, async (t) => {
      const token = `ductile-stray-${process.pid}-${tier}`;
      const { outcome } = await bench(t).plugin('leaves-unmarked.sh', within(tier, { env: { TOKEN: token } }));
      assert.equal(outcome.kind, 'answered');
      assert.deepEqual(running(token), []);
    });

    it('goes with a parent that is killed', {
      skip: tier === 'group' && containmentTools(undefined).withoutSetpriv !== null,
    }, async (t) => {
      const { dir, appears } = bench(t);
      const token = `ductile-orphan-${process.pid}-${tier}`;
      const program = [fixture('ignores-term.sh'), token];
      const containment = { tier, network: true, noNewPrivs: null } as const;
      const places = { ...NO_PLACES, readable: [fixture('')], writable: [dir] };
      const contained = contain(
        program,
        { containment, resources: DEFAULT_LIMITS, account: null, places },
        containmentTools(undefined),
      );
      assert.ok(contained.ok);
      const script = `const [program, ...args] = ${JSON.stringify(contained.argv)};
        require('node:child_process').spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'pipe'] });`;
      const parent = spawn(process.execPath, ['-e', script], { cwd: dir, stdio: 'inherit' });
      await appears('ready');
      assert.ok(running(token).length > 0);
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      await untilGone(token);
    });
  });
}

describe('the tier bwrap', { skip: tierAvailable('bwrap') ?? false }, () => {
  it('lets a program write where it belongs, and nowhere else', async (t) => {
    const { plugin, dir } = bench(t);
    const outside = join(dir, '..', 'outside');
    const shell = `echo x > here && echo x > /tmp/ductile-private-${process.pid} && { echo x > ${outside}; ! echo x > /etc/ductile-test; }`;
    const { outcome, evidence } = await plugin(execOf(shell), within('bwrap'));
    assert.equal(outcome.kind, 'answered', evidence.stderr);
    assert.deepEqual(readdirSync(dir), ['here']);
    for (const path of [outside, '/tmp/ductile-private-${process.pid}', '/etc/ductile-test'])
      assert.equal(existsSync(path), false, path);
  });

  it('has no network when told so', async (t) => {
    const containment = { tier: 'bwrap', network: false, noNewPrivs: null } as const;
    const { outcome } = await bench(t).plugin(execOf('ls /sys/class/net; tail -n +3 /proc/net/dev | cut -d: -f1'), {
      instance: { containment },
    });
    assert.equal(outcome.kind, 'answered');
    const said = outcome.kind === 'answered' ? String(outcome.response.result) : '';
    assert.equal(said.trim().split(/\s+/).at(-1), 'lo');
  });
});

function execOf(shell: string) {
  return {
    kind: 'exec' as const,
    exec: { argv: null, shell, stdin: 'none' as const, env: {}, emit: null, idempotent: true },
  };
}
