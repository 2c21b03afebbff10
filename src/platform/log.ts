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

/** A log that writes one JSON object per line (`time, level, component, msg, …`) to `write`, each line passed through `redact`. */
export function createLog(options: {
  level: LogLevel;
  write: (line: string) => void;
  redact?: (line: string) => string;
}): Log {
  const redact = options.redact ?? ((line) => line);
  const root = pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => options.write(redact(line)) },
  );
  return wrap(root, 'gateway');
}

/** A log that drops everything. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};

function wrap(root: pino.Logger, component: string): Log {
  const bound = root.child({ component });
  return {
    debug: (msg, context) => bound.debug(context ?? {}, msg),
    info: (msg, context) => bound.info(context ?? {}, msg),
    warn: (msg, context) => bound.warn(context ?? {}, msg),
    error: (msg, context) => bound.error(context ?? {}, msg),
    child: (name) => wrap(root, name),
  };
}
