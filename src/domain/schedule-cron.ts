import { nextWall, type WallPattern } from './schedule-pattern.ts';

// Own parser and matcher instead of croner: croner 11 always runs a reading in a gap and takes the first of a fold
// (neither can be chosen), reads `*/2` among the days as restricted where Vixie cron does not, accepts expressions
// that never match, and can neither count slots nor walk backwards.

/** A parsed cron expression, or what is wrong with it and what to do about it. */
export type ParsedCron = { readonly ok: true; readonly pattern: WallPattern } | Fault;

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
}

/** Why an expression cannot be used. */
interface Fault {
  readonly ok: false;
  readonly message: string;
  readonly hint: string | null;
}

const SECOND: Field = { name: 'second', min: 0, max: 59, names: [] };
const MINUTE: Field = { name: 'minute', min: 0, max: 59, names: [] };
const HOUR: Field = { name: 'hour', min: 0, max: 23, names: [] };
const DAY: Field = { name: 'day of month', min: 1, max: 31, names: [] };
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS };
/** The names of the weekdays, Sunday first. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
// 7 is Sunday too.
const WEEKDAY: Field = { name: 'day of week', min: 0, max: 7, names: WEEKDAYS };

const ITEM = /^(?:(?<star>\*)|(?<first>\w+)(?:-(?<last>\w+))?)(?:\/(?<step>\w+))?$/;

const NICKNAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/**
 * Reads a cron expression: five fields, or six with seconds first; names, lists, ranges, steps and nicknames; day
 * fields as in crontab(5) of Vixie cron. An expression that never matches is refused.
 */
export function parseCron(expression: string): ParsedCron {
  const text = expression.trim();
  const nickname = text.startsWith('@') ? text.toLowerCase() : null;
  const fields = (nickname === null ? text : (NICKNAMES[nickname] ?? '')).split(/\s+/).filter((field) => field !== '');
  if (nickname !== null && fields.length === 0) return unknownNickname(nickname);
  if (fields.length !== 5 && fields.length !== 6) {
    const message = `a cron expression has 5 fields, or 6 with seconds first; "${expression}" has ${fields.length}`;
    const hint = 'Write minute, hour, day of month, month and day of week, with seconds in front of them if needed.';
    return { ok: false, message, hint };
  }
  return readFields(fields.length === 6 ? fields : ['0', ...fields]);
}

function readFields([second = '', minute = '', hour = '', day = '', month = '', weekday = '']: string[]): ParsedCron {
  const seconds = readField(SECOND, second);
  if ('ok' in seconds) return seconds;
  const minutes = readField(MINUTE, minute);
  if ('ok' in minutes) return minutes;
  const hours = readField(HOUR, hour);
  if ('ok' in hours) return hours;
  const days = readField(DAY, day);
  if ('ok' in days) return days;
  const months = readField(MONTH, month);
  if ('ok' in months) return months;
  const weekdays = readField(WEEKDAY, weekday);
  if ('ok' in weekdays) return weekdays;
  const pattern: WallPattern = {
    seconds,
    minutes,
    hours,
    days: new Set(days),
    months: new Set(months),
    weekdays: new Set(weekdays.map((value) => value % 7)),
    // As Vixie cron tests it: a step after the star is still a star.
    eitherDay: !day.startsWith('*') && !weekday.startsWith('*'),
    wildHour: hour.startsWith('*') || hours.length === 24,
    wildMinute: minute.startsWith('*') || minutes.length === 60,
  };
  if (nextWall(pattern, 0) !== null) return { ok: true, pattern };
  const message = `the cron fields day of month "${day}" and month "${month}" never meet: no such month has such a day`;
  return { ok: false, message, hint: 'The 29th of February exists in leap years, the 30th never.' };
}

function unknownNickname(nickname: string): Fault {
  const known = `Known are ${Object.keys(NICKNAMES).join(', ')}.`;
  const hint = nickname === '@reboot' ? 'Set run_on_start: true instead.' : known;
  return { ok: false, message: `"${nickname}" is not a nickname of a cron expression`, hint };
}

/** The values that a field allows, ascending. */
function readField(field: Field, text: string): readonly number[] | Fault {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const read = readItem(field, item);
    if ('ok' in read) return read;
    for (const value of read) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

function readItem(field: Field, item: string): readonly number[] | Fault {
  const { star, first, last, step: stepText = '1' } = ITEM.exec(item)?.groups ?? {};
  if (star === undefined && first === undefined) return unreadable(field, item);
  const from = first === undefined ? field.min : readValue(field, first);
  if (from === null) return outside(field, first ?? '');
  const until = first === undefined ? field.max : readEnd(field, from, last);
  if (until === null) return outside(field, last ?? '');
  if (from > until) {
    const hint = `Write two ranges: ${first}-${field.max},${field.min}-${last}.`;
    return fault(field, `the range "${item}" runs backwards`, hint);
  }
  if (first !== undefined && last === undefined && item.includes('/')) {
    const hint = `Write */${stepText}, or ${first}-${field.max}/${stepText} from ${first} on.`;
    return fault(field, `"${item}" has a step but no range`, hint);
  }
  const step = /^\d{1,6}$/.test(stepText) ? Number(stepText) : 0;
  if (step < 1 || step > field.max - field.min + 1) {
    const hint = 'A step counts within its field; for a rhythm of another length use every: instead.';
    return fault(field, `the step "${stepText}" is not one of 1–${field.max - field.min + 1}`, hint);
  }
  return Array.from({ length: Math.floor((until - from) / step) + 1 }, (_, index) => from + index * step);
}

function readEnd(field: Field, from: number, text: string | undefined): number | null {
  if (text === undefined) return from;
  const value = readValue(field, text);
  return field === WEEKDAY && value === 0 && from > 0 ? 7 : value;
}

function readValue(field: Field, text: string): number | null {
  const index = field.names.indexOf(text.toLowerCase());
  if (index !== -1) return index + field.min;
  const value = /^\d{1,6}$/.test(text) ? Number(text) : -1;
  return value >= field.min && value <= field.max ? value : null;
}

function outside(field: Field, text: string): Fault {
  return fault(field, `"${text}" is not one of ${valuesOf(field)}`, allowed(field));
}

function unreadable(field: Field, item: string): Fault {
  return fault(field, `"${item}" cannot be read`, allowed(field));
}

function fault(field: Field, what: string, hint: string): Fault {
  return { ok: false, message: `in the cron field ${field.name}, ${what}`, hint };
}

function allowed(field: Field): string {
  return `Allowed are *, ${valuesOf(field)}, ranges a-b, steps */n or a-b/n, and lists a,b.`;
}

function valuesOf(field: Field): string {
  const names = field.names.length === 0 ? '' : ` or ${field.names[0]}–${field.names.at(-1)}`;
  return `${field.min}–${field.max}${names}`;
}
