import type { HealthAnswer, StatusAnswer } from './answers.ts';
import type { Session } from './command.ts';
import type { Connection } from './connect.ts';
import { jsonText } from './output/json-text.ts';
import { type Column, table } from './output/table.ts';

const COLUMNS: readonly Column[] = [{ head: 'INSTANCE', least: 16 }, { head: 'HEALTH' }, { head: 'WHAT', least: 20 }];

/** Asks every instance how it is, all at once; those without a `health` command are left out. */
export async function healthOf({ request }: Connection, { instances }: StatusAnswer): Promise<readonly HealthAnswer[]> {
  const ask = (name: string): Promise<HealthAnswer> =>
    request('POST', `/api/v1/instances/${encodeURIComponent(name)}/health`);
  const reports = await Promise.all(instances.map(({ instance }) => ask(instance)));
  return reports.filter(({ health }) => health !== 'none');
}

/** What the health checks found, as a table. */
export function healthText(reports: readonly HealthAnswer[], { io, paint }: Session): string {
  if (reports.length === 0) return 'no instance has a health command\n';
  const rows = reports.map(({ instance, health, reason, error, result }) => [
    instance,
    paint(health === 'ok' ? 'good' : health === 'failed' ? 'bad' : 'warn', health === 'not_run' ? 'not run' : health),
    reason ?? (error === null ? whatOf(result) : `${error.code}: ${error.message}`),
  ]);
  return table(COLUMNS, rows, io.stdout.columns);
}

function whatOf(result: HealthAnswer['result']): string {
  return result === null ? '' : jsonText(result, { indent: 0, columns: Number.POSITIVE_INFINITY }).trim();
}
