import { expectationSchema, expectSchema } from '../domain/config/expect.ts';
import { describeValue, type Path } from '../domain/config/finding.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { eventTypeError } from '../domain/event.ts';
import type { Expectation, Sought } from '../domain/expectation.ts';
import type { CompiledSchedule } from '../domain/schedule.ts';
import { scheduleName } from '../domain/snapshot-difference.ts';
import type { BuiltInstance } from './build-instance.ts';
import { checkCommand } from './build-schedules.ts';
import { checkUnique } from './check-outside.ts';
import { asJson, type LoadedConfig } from './load-config.ts';

/** What an expectation may name. */
interface Known {
  readonly targets: ReadonlyMap<string, BuiltInstance>;
  readonly schedules: readonly CompiledSchedule[];
}

/** Reads the `expect` section; everything wrong with it is reported. */
export function buildExpectations(known: Known, config: LoadedConfig): readonly Expectation[] {
  const written = config.tree['expect'] ?? [];
  if (!Array.isArray(written)) {
    config.decode(expectSchema, ['expect'], written);
    return [];
  }
  checkUnique(written.map(asJson), { base: ['expect'], key: 'name' }, config);
  return written.flatMap((value, index) => {
    const path = ['expect', index];
    const entry = config.decode(expectationSchema, path, asJson(value))?.value;
    if (entry === undefined) return [];
    const seen = soughtBy(entry, { path, known, config });
    return seen === null ? [] : [{ name: entry.name, seen, withinMs: entry.within }];
  });
}

interface Entry {
  readonly event_type?: string | undefined;
  readonly schedule?: string | undefined;
  readonly instance?: string | undefined;
  readonly command?: string | undefined;
}

function soughtBy(
  { event_type: eventType, schedule, instance, command }: Entry,
  { path, known, config }: { readonly path: Path; readonly known: Known; readonly config: LoadedConfig },
): Sought | null {
  if (eventType !== undefined) return eventSought(eventType, [...path, 'event_type'], config);
  if (schedule !== undefined) {
    const names = known.schedules.map(scheduleName);
    const found = known.schedules.find((one) => scheduleName(one) === schedule);
    if (found !== undefined) return { kind: 'schedule', instance: found.instance, id: found.id };
    unknown({ what: 'schedule', name: schedule, names, path: [...path, 'schedule'] }, config);
    return null;
  }
  const name = instance ?? '';
  const built = known.targets.get(name);
  if (built === undefined) {
    unknown({ what: 'instance', name, names: [...known.targets.keys()], path: [...path, 'instance'] }, config);
    return null;
  }
  if (command !== undefined) checkCommand({ command, path: [...path, 'command'], built }, config);
  return { kind: 'job', instance: name, command: command ?? null };
}

/** Expectations that wait for what they make themselves would answer themselves. */
function eventSought(eventType: string, path: Path, config: LoadedConfig): Sought | null {
  const own = eventType.startsWith('ductile.expectation.');
  const wrong = eventType === '*' ? null : eventTypeError(eventType.replace(/\.\*$/, ''));
  const message = own ? 'events about expectations cannot be expected' : wrong;
  if (message === null) return { kind: 'event', eventType };
  config.report({ severity: 'error', code: 'invalid_event_type', path, at: 'value', message, hint: null });
  return null;
}

function unknown(
  { what, name, names, path }: { what: string; name: string; names: readonly string[]; path: Path },
  config: LoadedConfig,
): void {
  const near = nearest(name, names);
  config.report({
    severity: 'error',
    code: 'unknown_reference',
    path,
    at: 'value',
    message: `no ${what} is called ${describeValue(name)}`,
    hint: near === null ? null : `did you mean "${near}"?`,
  });
}
