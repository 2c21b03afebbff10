import { type DoctorFinding, ok, warn } from './finding.ts';

/** Data on time zones that is older than so many years may lack changes of the law. */
const ZONES_OLD_YEARS = 2;

/** Node, SQLite and the data on time zones. */
export function checkRuntime(
  { node, sqlite, tz }: Readonly<Record<string, string | undefined>>,
  now: number,
): readonly DoctorFinding[] {
  const year = Number(/^\d{4}/.exec(tz ?? '')?.[0] ?? Number.NaN);
  const zones = `the data on time zones is of ${tz ?? 'an unknown version'}`;
  const isOld = Number.isNaN(year) || new Date(now).getUTCFullYear() - year >= ZONES_OLD_YEARS;
  return [
    ok('runtime', `Node ${node ?? '?'}, SQLite ${sqlite ?? '?'}`),
    isOld
      ? warn(
          'time zones',
          zones,
          'Take a newer Node: schedules follow changes of the law only as far as it knows them.',
        )
      : ok('time zones', zones),
  ];
}
