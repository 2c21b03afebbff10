import type { z } from 'zod';
import { describeValue, type Finding, formatPath, type Path } from '../domain/config/finding.ts';
import { isBroken, type Salvaged } from '../domain/config/salvage.ts';
import { scheduleSchema } from '../domain/config/schedules.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { type CompiledSchedule, compileSchedule } from '../domain/schedule.ts';
import type { BuiltInstance } from './build-instance.ts';
import { asJson, type LoadedConfig } from './load-config.ts';

/** What the schedules of all instances are built with. */
export interface ScheduleContext {
  readonly config: LoadedConfig;
  /** Time zone of schedules that name none. */
  readonly timezone: string;
  readonly now: number;
}

interface Entry {
  readonly value: Json;
  readonly path: Path;
}

/** Compiles the schedules under `plugins.<name>.schedules`, one or a list; everything wrong with them is reported. */
export function buildSchedules(built: BuiltInstance, context: ScheduleContext): readonly CompiledSchedule[] {
  const { config } = context;
  const written = schedulesOf(config, built.name);
  const path = ['plugins', built.name, 'schedules'];
  if (written === undefined || written === null) return [];
  const entries: readonly Entry[] = Array.isArray(written)
    ? written.map((value: Json, index) => ({ value, path: [...path, index] }))
    : [{ value: written, path }];
  const ids = entries.map(({ value }) => idOf(value));
  for (const [index, entry] of entries.entries()) {
    const id = ids[index] ?? null;
    if (id !== null && ids.indexOf(id) < index) reportDuplicate(id, entry, config);
  }
  return entries
    .map((entry) => buildSchedule(entry, built, context))
    .filter((schedule): schedule is CompiledSchedule => schedule !== null);
}

function schedulesOf(config: LoadedConfig, name: string): Json | undefined {
  const plugins = config.tree['plugins'];
  const instance = isJsonObject(plugins) ? plugins[name] : undefined;
  return isJsonObject(instance) ? instance['schedules'] : undefined;
}

/** Null when the entry is no map or its id no text. */
function idOf(value: Json): string | null {
  if (!isJsonObject(value)) return null;
  const { id = 'default' } = value;
  return typeof id === 'string' ? id : null;
}

function buildSchedule(entry: Entry, built: BuiltInstance, context: ScheduleContext): CompiledSchedule | null {
  const { config, timezone, now } = context;
  const decoded = config.decode(scheduleSchema, entry.path, entry.value);
  const read = decoded === null ? readFaulty(entry, config) : { value: decoded.value, broken: [] };
  if (read === null) return null;
  const { value, broken } = read;
  const result = compileSchedule(
    { ...value, payload: asJson(value.payload) },
    { instance: built.name, defaultTimezone: timezone },
  );
  for (const { key, code, message, hint } of result.ok ? [] : result.problems) {
    const path = [...entry.path, ...(key === '' ? [] : key.split('.'))];
    config.report({ severity: 'error', code, path, at: 'value', message: `${formatPath(path)}: ${message}`, hint });
  }
  const { command = 'poll', at } = value;
  if (!isBroken(broken, ['command'])) checkCommand({ command, path: [...entry.path, 'command'], built }, config);
  if (!result.ok) return null;
  const { rhythm } = result.schedule;
  if (rhythm.kind === 'at' && rhythm.at <= now && !isBroken(broken, ['at'])) config.report(past(at, entry.path));
  return decoded === null ? null : result.schedule;
}

/**
 * What can be used of a schedule whose form is at fault, so that the rest of it can be checked. Where a rhythm or the
 * start of a window is broken a good one stands in: another beside it, or an end at midnight, is judged all the same.
 */
function readFaulty({ value, path }: Entry, config: LoadedConfig): Salvaged<z.output<typeof scheduleSchema>> | null {
  const salvaged = config.salvage(scheduleSchema, path, value);
  if (salvaged === null) return null;
  const { broken } = salvaged;
  const standIns = Object.entries({ every: '1h', cron: '* * * * *', at: '2000-01-01T00:00:00Z' });
  const rhythms = standIns.filter(([key]) => isBroken(broken, [key]));
  const { window } = salvaged.value;
  const start = window !== undefined && isBroken(broken, ['window', 'start']) ? { start: '00:01' } : {};
  const windows = window === undefined ? {} : { window: { ...window, ...start } };
  return { value: { ...salvaged.value, ...Object.fromEntries(rhythms), ...windows }, broken };
}

function past(at: string | undefined, path: Path): Finding {
  return {
    severity: 'warning',
    code: 'schedule_past',
    path: [...path, 'at'],
    at: 'value',
    message: `${formatPath([...path, 'at'])}: ${describeValue(at)} lies in the past; it will not run`,
    hint: 'choose a later time or remove the schedule; only a run missed while the gateway was down is caught up',
  };
}

/** Reports a command that the plugin of an instance does not declare. */
export function checkCommand(
  { command, path, built }: { readonly command: string; readonly path: Path; readonly built: BuiltInstance },
  config: LoadedConfig,
): void {
  if (built.manifest === null || built.manifest.commands.has(command)) return;
  const known = [...built.manifest.commands.keys()];
  const near = nearest(command, known);
  config.report({
    severity: 'error',
    code: 'unknown_command',
    path,
    at: 'value',
    message: `the plugin of "${built.name}" does not declare the command ${describeValue(command)}`,
    hint: near === null ? `it declares ${known.join(', ')}` : `did you mean "${near}"?`,
  });
}

function reportDuplicate(id: string, entry: Entry, config: LoadedConfig): void {
  const named = isJsonObject(entry.value) && 'id' in entry.value;
  config.report({
    severity: 'error',
    code: 'duplicate_name',
    path: named ? [...entry.path, 'id'] : entry.path,
    at: 'value',
    message: `another schedule of this instance has the id "${id}"`,
    hint: named
      ? 'give each schedule an id of its own'
      : 'without `id` a schedule is called "default"; give each an id of its own',
  });
}
