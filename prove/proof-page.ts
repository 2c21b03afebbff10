import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, release, totalmem, type } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Campaign } from './campaign.ts';
import type { CampaignRun } from './run-campaign.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/proof.md', import.meta.url));
const HEAD = `# Proof

What the fault campaigns found at full size. Each section is written by \`npm run prove -- --only <campaign> --full\`; [proving it](proving.md) says how they judge.
`;

/** One campaign's run at full size. */
export interface FullRun {
  readonly campaign: Pick<Campaign, 'name' | 'about' | 'passes'>;
  readonly run: CampaignRun;
  readonly passed: boolean;
}

/** Puts the section of a run into docs/proof.md, in place of the one before. */
export function writeProof(run: FullRun): void {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : HEAD;
  const stamp = { date: new Date().toISOString().slice(0, 10), commit: commit(), machine: machine() };
  writeFileSync(PAGE, withSection(page, run, stamp));
}

/** When and on what a campaign ran. */
export interface Stamp {
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
}

/** The page with the section of this run, in place of the one before; sections are in the order of their names. */
export function withSection(page: string, run: FullRun, stamp: Stamp): string {
  const [head = '', ...sections] = page.split(/^(?=## )/m);
  const others = sections.filter((section) => !section.startsWith(`## ${run.campaign.name}\n`));
  const all = [...others, proofOf(run, stamp)].map((section) => section.trim()).sort();
  return `${[head.trim(), ...all].join('\n\n')}\n`;
}

/** The section of a run, in Markdown. */
function proofOf({ campaign, run, passed }: FullRun, stamp: Stamp): string {
  const { faults, figures, violations, skipped } = run.result;
  const rows = [['faults injected', faults], ...Object.entries(figures)].map(
    ([what, figure]) => `| ${what} | ${figure} |`,
  );
  const many = run.rounds === run.of ? `${run.rounds} rounds` : `${run.rounds} of ${run.of} rounds`;
  const parts = run.resumed === 0 ? '' : ` in ${run.resumed + 1} parts`;
  const lists = [
    listOf('Violations', violations),
    listOf('Skipped', skipped),
    listOf('Broke off', run.brokeOff === null ? [] : [run.brokeOff.split('\n')[0] ?? '']),
  ];
  return `## ${campaign.name}

${passed ? 'Passed' : '**Not passed**'} on ${stamp.date} in ${run.seconds.toFixed(0)} s: ${many}${parts}, seed ${run.seed}, commit ${stamp.commit}.
${stamp.machine}.

What is done: ${campaign.about}.
Passes when: ${campaign.passes}.

| figure | value |
|---|---|
${rows.join('\n')}
${lists.join('')}`;
}

function listOf(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  const shown = items.slice(0, 20).map((item) => `- ${item}`);
  return `\n${title} (${items.length}):\n\n${shown.join('\n')}\n`;
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
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const memory = Math.round(totalmem() / 2 ** 30);
  return `Ductile ${version}, Node ${process.versions.node}, SQLite ${sqlite}, ${type()} ${release().split('-')[0]} on ${process.arch}, ${availableParallelism()} CPUs, ${memory} GiB of memory`;
}
