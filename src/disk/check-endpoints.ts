import { describeValue, formatPath, type Path, valueAt } from '../domain/config/finding.ts';
import { endpointSchema } from '../domain/config/webhooks.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { pathKey } from '../domain/webhook/path-key.ts';
import type { LoadedConfig } from './load-config.ts';
import { readTarget } from './read-target.ts';

/** Settings of the job that a delivery becomes. */
const OF_JOBS = ['respond', 'priority', 'max_attempts', 'timeout'];

/** Reports what makes webhooks other than they look: paths that meet or lead nowhere, settings of no job, disabled instances. */
export function checkEndpoints(entries: readonly Json[], base: Path, config: LoadedConfig): void {
  const seen = new Map<string, string>();
  for (const [index, entry] of entries.entries()) {
    if (!isJsonObject(entry)) continue;
    const path = [...base, index];
    checkPath(entry['path'], { seen, place: [...path, 'path'], config });
    checkJob(entry, path, config);
    checkEnabled(entry['to'], [...path, 'to'], config);
    checkPublicUrl(entry['verify'], [...path, 'verify', 'scheme'], config);
  }
}

function checkPath(
  written: Json | undefined,
  at: { readonly seen: Map<string, string>; readonly place: Path; readonly config: LoadedConfig },
): void {
  if (typeof written !== 'string' || !written.startsWith('/')) return;
  const { seen, place: path, config } = at;
  const key = pathKey(written);
  const other = key === null ? undefined : seen.get(key);
  if (key === null) {
    const message = `${formatPath(path)}: no request bears the path ${describeValue(written)}`;
    const hint = 'write it without `//`, `.` and `..`, and a `%` only before two hexadecimal digits';
    config.report({ severity: 'error', code: 'invalid_value', path, at: 'value', message, hint });
  } else if (other === undefined) {
    seen.set(key, written);
  } else if (other !== written) {
    const message = `${formatPath(path)}: proxies may take ${describeValue(written)} for ${describeValue(other)}`;
    const hint = 'let paths differ in more than a slash at the end or their percent-encoding';
    config.report({ severity: 'error', code: 'duplicate_name', path, at: 'value', message, hint });
  }
}

function checkJob(entry: Readonly<Record<string, Json>>, path: Path, config: LoadedConfig): void {
  if (entry['emit'] === undefined || entry['to'] !== undefined) return;
  const broken = config.salvage(endpointSchema, path, entry)?.broken.map(([key]) => key) ?? [];
  for (const key of OF_JOBS) {
    if (entry[key] === undefined || broken.includes(key)) continue;
    const message = `${formatPath([...path, key])}: expected \`to\` beside it`;
    const hint = 'it is about the job that a delivery becomes; name the instance in `to`, or remove it';
    config.report({ severity: 'error', code: 'invalid_value', path: [...path, key], at: 'key', message, hint });
  }
}

function checkEnabled(to: Json | undefined, path: Path, config: LoadedConfig): void {
  const { instance } = readTarget(to, path, config);
  if (instance === null || valueAt(config.tree, ['plugins', instance, 'enabled']) !== false) return;
  const message = `${formatPath(path)}: the instance "${instance}" is disabled; deliveries are refused`;
  const hint = 'enable it, or record deliveries with `mode: observe`';
  config.report({ severity: 'warning', code: 'unknown_reference', path, at: 'value', message, hint });
}

function checkPublicUrl(verify: Json | undefined, path: Path, config: LoadedConfig): void {
  if (!isJsonObject(verify) || verify['scheme'] !== 'twilio') return;
  if (typeof valueAt(config.tree, ['webhooks', 'public_url']) === 'string') return;
  const message = `${formatPath(path)}: twilio signs the address that it calls, and \`webhooks.public_url\` does not say it`;
  const hint =
    'set `webhooks.public_url` to what stands in front of the path at Twilio, such as https://hooks.example.org';
  config.report({ severity: 'warning', code: 'public_url_missing', path, at: 'value', message, hint });
}
