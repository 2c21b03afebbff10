import { describeValue, formatPath, type Path } from '../domain/config/finding.ts';
import { scheduleSchema } from '../domain/config/schedules.ts';
import { nearest } from '../domain/did-you-mean.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { type CompiledSchedule, compileSchedule } from '../domain/schedule.ts';
import type { BuiltInstance } from './build-instance.ts';
import { asJson, type LoadedConfig } from './load-config.ts';

/** Compiles the schedules under `plugins.<name>.schedules`, one or a list; everything wrong with them is reported. */
export function buildSchedules(
  built: BuiltInstance,
  { config, timezone }: { readonly config: LoadedConfig; readonly timezone: string },
): readonly CompiledSchedule[] {
  const written = schedulesOf(config, built.name);
  const path = ['plugins', built.name, 'schedules'];
  if (written === undefined || written === null) return [];
  const entries = Array.isArray(written)
    ? written.map((value: Json, index) => ({ value, path: [...path, index] }))
    : [{ value: written, path }];
  const compiled: CompiledSchedule[] = [];
  const places = new Map<string, Path>();
  for (const entry of entries) {
    const schedule = buildSchedule({ ...entry, built, timezone }, config);
    if (schedule === null) continue;
    if (places.has(schedule.id)) reportDuplicate(schedule.id, entry, config);
    places.set(schedule.id, entry.path);
    compiled.push(schedule);
  }
  return compiled;
}

function schedulesOf(config: LoadedConfig, name: string): Json | undefined {
  const plugins = config.tree['plugins'];
  const instance = isJsonObject(plugins) ? plugins[name] : undefined;
  return isJsonObject(instance) ? instance['schedules'] : undefined;
}

function buildSchedule(
  of: { readonly value: Json; readonly path: Path; readonly built: BuiltInstance; readonly timezone: string },
  config: LoadedConfig,
): CompiledSchedule | null {
  const decoded = config.decode(scheduleSchema, of.path, of.value);
  if (decoded === null) return null;
  const input = { ...decoded.value, payload: asJson(decoded.value.payload) };
  const result = compileSchedule(input, { instance: of.built.name, defaultTimezone: of.timezone });
  if (!result.ok) {
    for (const { key, code, message, hint } of result.problems) {
      const path = [...of.path, ...(key === '' ? [] : key.split('.'))];
      config.report({ severity: 'error', code, path, at: 'value', message: `${formatPath(path)}: ${message}`, hint });
    }
    return null;
  }
  checkCommand({ command: result.schedule.command, path: [...of.path, 'command'], built: of.built }, config);
  return result.schedule;
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

function reportDuplicate(id: string, entry: { readonly value: Json; readonly path: Path }, config: LoadedConfig): void {
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
