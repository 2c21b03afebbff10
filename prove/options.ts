import { parseArgs } from 'node:util';
import type { Campaign, Size } from './campaign.ts';

/** What a run of the campaigns was asked for. */
export interface Options {
  readonly chosen: readonly Campaign[];
  readonly size: Size;
  readonly resume: boolean;
  readonly seed: number;
  /** Null: as many as the campaign says. */
  readonly rounds: number | null;
  /** The round of a longer run that comes before the first one. */
  readonly from: number;
  /** A file to append to what was found; null: none. */
  readonly report: string | null;
}

/** What `--help` prints. */
export function usage(campaigns: readonly Campaign[]): string {
  return `Usage: npm run prove -- [options]

Attacks real gateways and checks that nothing acknowledged is lost; docs/proving.md tells how.

  --only NAME     one campaign instead of the short set
  --full          at full size; writes its section of docs/proof.md
  --resume        goes on with a full run that was ended
  --seed N        the same decisions again
  --rounds N      so many rounds; nothing is written
  --from N        begins where a longer run had its round N
  --report FILE   appends what was found, one JSON object a campaign
  --help

Campaigns:
${campaigns.map(({ name, rounds }) => `  ${name.padEnd(15)} ${rounds.short} rounds, ${rounds.full} with --full`).join('\n')}
`;
}

/** Reads the arguments; null: somebody wants help. Throws with what is wrong. */
export function readOptions(args: readonly string[], campaigns: readonly Campaign[]): Options | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      full: { type: 'boolean', default: false },
      resume: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      rounds: { type: 'string' },
      from: { type: 'string', default: '0' },
      report: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return null;
  const { only, full, resume, report = null } = values;
  const chosen = campaigns.filter(({ name, known }) => (only === undefined ? known === undefined : name === only));
  if (chosen.length === 0) {
    throw new Error(`no campaign of that name; there are: ${campaigns.map(({ name }) => name).join(', ')}`);
  }
  if (full && only === undefined) throw new Error('--full runs one campaign: name it with --only');
  if (resume && (!full || values.rounds !== undefined)) throw new Error('--resume goes on with --only NAME --full');
  return {
    chosen,
    size: full ? 'full' : 'short',
    resume,
    report,
    seed: whole('seed', values.seed, 0),
    from: whole('from', values.from, 0),
    rounds: values.rounds === undefined ? null : whole('rounds', values.rounds, 1),
  };
}

function whole(option: string, text: string, least: number): number {
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`--${option} takes a whole number from ${least}, not "${text}"`);
}
