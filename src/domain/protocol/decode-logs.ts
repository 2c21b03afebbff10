import { quote } from '../excerpt.ts';
import type { Limits } from '../instance.ts';
import { isJsonObject, type Json, type JsonObject } from '../json.ts';
import type { JsonPath } from '../json-pointer.ts';
import { jsonBytes, utf8Bytes } from '../json-size.ts';
import type { PluginLog, PluginLogLevel } from '../response.ts';
import type { Findings } from './findings.ts';
import { kindOf } from './kind-of.ts';

const FIELDS = ['level', 'message', 'fields'];

/** Levels as loggers of other languages call them. */
const LEVELS: ReadonlyMap<string, PluginLogLevel> = new Map<string, PluginLogLevel>([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['notice', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
  ['fatal', 'error'],
]);

/**
 * The field `logs` of a response; null counts as none. Malformed entries are left out with a warning, what exceeds
 * the caps is only counted: no work is refused because of its logs.
 */
export function decodeLogs(
  value: Json,
  { limits, findings }: { readonly limits: Limits; readonly findings: Findings },
): { readonly logs: readonly PluginLog[]; readonly logsDropped: number } {
  const logs: PluginLog[] = [];
  if (value === null) return { logs, logsDropped: 0 };
  if (!Array.isArray(value)) {
    const message = `must be an array, but is ${kindOf(value)}`;
    findings.refuse({ code: 'invalid_output', path: ['logs'], message });
    return { logs, logsDropped: 0 };
  }
  const items: readonly Json[] = value;
  let logsDropped = 0;
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    if (logs.length >= limits.logEntries) {
      logsDropped += items.length - index;
      break;
    }
    const entry = decodeEntry(item, findings, ['logs', index]);
    if (entry === null) continue;
    const size = utf8Bytes(entry.message) + jsonBytes(entry.fields);
    if (bytes + size > limits.logBytes) {
      logsDropped += 1;
    } else {
      bytes += size;
      logs.push(entry);
    }
  }
  return { logs, logsDropped };
}

function decodeEntry(value: Json, findings: Findings, path: JsonPath): PluginLog | null {
  if (typeof value === 'string') return { level: 'info', message: value, fields: {} };
  if (!isJsonObject(value)) {
    findings.warn(path, `left out: must be an object, but is ${kindOf(value)}`);
    return null;
  }
  if (typeof value.message !== 'string') {
    findings.warn(path, 'left out: has no "message" that is a string');
    return null;
  }
  findings.warnUnknown(value, FIELDS, path);
  return { level: levelOf(value, findings, path), message: value.message, fields: fieldsOf(value, findings, path) };
}

function levelOf(entry: JsonObject, findings: Findings, path: JsonPath): PluginLogLevel {
  const written = entry.level ?? 'info';
  const level = typeof written === 'string' ? LEVELS.get(written.toLowerCase()) : undefined;
  if (level !== undefined) return level;
  const found = typeof written === 'string' ? quote(written) : kindOf(written);
  findings.warn(path, `"level" must be debug, info, warn or error, but is ${found}; read as info`);
  return 'info';
}

function fieldsOf(entry: JsonObject, findings: Findings, path: JsonPath): JsonObject {
  const fields = entry.fields ?? {};
  if (isJsonObject(fields)) return fields;
  findings.warn(path, `"fields" must be an object, but is ${kindOf(fields)}; left out`);
  return {};
}
