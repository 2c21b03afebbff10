import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, release, totalmem, type } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Campaign, CampaignResult } from './campaign.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/proof.md', import.meta.url));
const HEAD = `# Proof

What the fault campaigns found at full size. Each section is written by \`npm run prove -- --only <campaign> --full\`.
`;

/** One campaign's run at full size. */
export interface FullRun {
  readonly campaign: Campaign;
  readonly rounds: number;
  readonly seed: number;
  readonly seconds: number;
  readonly passed: boolean;
  readonly result: CampaignResult;
}

/** Puts the section of a run into docs/proof.md, in place of the one before. */
export function writeProof(run: FullRun): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : HEAD;
  const [head = '', ...sections] = page.split(/^(?=## )/m);
  const others = sections.filter((section) => !section.startsWith(`## ${run.campaign.name}\n`));
  const all = [...others, proofOf(run)].map((section) => section.trim()).sort();
  writeFileSync(PAGE, `${[head.trim(), ...all].join('\n\n')}\n`);
}

/** The section of a run, in Markdown. */
function proofOf({ campaign, rounds, seed, seconds, passed, result }: FullRun): string {
  const { faults, figures, violations } = result;
  const rows = [['faults injected', faults], ...Object.entries(figures)].map(
    ([what, figure]) => `| ${what} | ${figure} |`,
  );
  const wrong = violations.slice(0, 20).map((violation) => `- ${violation}`);
  return `## ${campaign.name}

${passed ? 'Passed' : '**Not passed**'} on ${new Date().toISOString().slice(0, 10)} in ${seconds.toFixed(0)} s: ${rounds} rounds, seed ${seed}, commit ${commit()}.
${machine()}.

What is done: ${campaign.about}.
Passes when: ${campaign.passes}.

| figure | value |
|---|---|
${rows.join('\n')}
${wrong.length === 0 ? '' : `\nViolations (${violations.length}):\n\n${wrong.join('\n')}\n`}`;
}

/** The commit, and whether the files differ from it. */
function commit(): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const dirty =
      git('status', '--porcelain', '--', 'src', 'prove') === '' ? '' : ' with changes that are not committed';
    return `\`${git('rev-parse', '--short=12', 'HEAD')}\`${dirty}`;
  } catch {
    return 'unknown';
  }
}

function machine(): string {
  const database = new DatabaseSync(':memory:');
  const sqlite = String(database.prepare('SELECT sqlite_version() AS version').get()?.version);
  database.close();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, SQLite ${sqlite}, ${type()} ${release()} on ${process.arch}, ${availableParallelism()} CPUs, ${memory} GiB of memory`;
}
