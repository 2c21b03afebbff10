import { pino } from 'pino';

/** Where a line about a job belongs. */
export interface LogContext {
  readonly job_id?: string;
  readonly instance?: string;
  readonly command?: string;
  readonly attempt?: number;
  readonly [field: string]: unknown;
}

/** How grave a log line is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured logging; `child` names the component that speaks. */
export interface Log {
  debug(msg: string, context?: LogContext): void;
  info(msg: string, context?: LogContext): void;
  warn(msg: string, context?: LogContext): void;
  error(msg: string, context?: LogContext): void;
  child(component: string): Log;
}

/** What a field of a log line may be, once it is written. */
type Field = null | boolean | number | string | readonly Field[] | { readonly [key: string]: Field };

/** Masks secrets in messages and fields. */
interface Mask {
  text(text: string): string;
  json(value: Field): Field;
}

/**
 * A log that writes one JSON object per line (`time, level, component, msg, …`) to `write`. Messages and fields are
 * masked before they become a line: a mask over the line itself could take a quote or a brace with it.
 */
export function createLog(options: {
  level: LogLevel | (() => LogLevel);
  write: (line: string) => void;
  redact?: Mask;
}): Log {
  const root = pino(
    {
      level: 'debug',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: options.write },
  );
  const { level } = options;
  const least = typeof level === 'function' ? level : () => level;
  return wrap(root, 'gateway', { least, mask: options.redact ?? NO_MASK });
}

/** A log that drops everything. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

const NO_MASK: Mask = { text: (text) => text, json: (value) => value };

/** What is asked for each line: it may follow a reload. */
interface Asked {
  readonly least: () => LogLevel;
  readonly mask: Mask;
}

function wrap(root: pino.Logger, component: string, asked: Asked): Log {
  const { least, mask } = asked;
  const bound = root.child({ component });
  const write = (level: LogLevel, msg: string, context: LogContext = {}): void => {
    if (LEVELS.indexOf(level) >= LEVELS.indexOf(least())) bound[level](mask.json(plain(context)), mask.text(msg));
  };
  return {
    debug: (msg, context) => write('debug', msg, context),
    info: (msg, context) => write('info', msg, context),
    warn: (msg, context) => write('warn', msg, context),
    error: (msg, context) => write('error', msg, context),
    child: (name) => wrap(root, name, asked),
  };
}

/** A value as JSON has it; what JSON has not is written as text. `above` holds what the value lies in. */
function plain(value: unknown, above: readonly object[] = []): Field {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Error) return value.stack ?? String(value);
  if (typeof value !== 'object') return String(value);
  if (above.includes(value)) return '(circular)';
  const inside = [...above, value];
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item, inside));
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(fields.map(([key, item]) => [key, plain(item, inside)]));
}
