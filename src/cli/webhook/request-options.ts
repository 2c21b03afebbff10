import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { OperatorError } from '../../domain/errors.ts';
import { parseInstant } from '../../domain/instant.ts';
import { parseDuration } from '../../domain/units.ts';
import { systemClock } from '../../platform/clock.ts';
import type { Io } from '../io.ts';

/** Options that say what is delivered. */
export interface RequestOptions {
  readonly data?: string;
  readonly header?: readonly string[];
  readonly url?: string;
}

/** Options that say what a delivery is called and when it is signed. */
export interface SigningOptions extends RequestOptions {
  readonly id?: string;
  readonly at?: string;
}

/** A body with where it came from. */
export interface GivenBody {
  readonly bytes: Uint8Array;
  /** Absolute path, or null. */
  readonly file: string | null;
}

/** Adds the options that say what is delivered, and where. */
export function withRequestOptions(command: Command, url: string): Command {
  return command
    .option('-d, --data <body>', 'body: text, @file, or - for text on standard input (default: a small one)')
    .option('-H, --header <header>', 'a further header, as "name: value"; can be given again', collect)
    .option('--url <url>', url);
}

/** Adds the options that say what the delivery is called and when it is signed. */
export function withSigningOptions(command: Command, url: string): Command {
  return withRequestOptions(command, url)
    .option('--id <id>', "the sender's id of the delivery (default: a new one)")
    .option('--at <time>', 'sign as of then: an RFC 3339 instant, 10m (ago) or +10m (default: now)');
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** The bytes of `--data`, exactly; null where it was not given. Throws `usage`. */
export async function bodyOf(text: string | undefined, io: Io): Promise<GivenBody | null> {
  if (text === undefined) return null;
  if (text === '-') return { bytes: Buffer.from(await io.readStdin()), file: null };
  if (!text.startsWith('@')) return { bytes: Buffer.from(text), file: null };
  const file = resolve(io.cwd, text.slice(1));
  try {
    return { bytes: readFileSync(file), file };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError('usage', `the body cannot be read: ${why}`, {
      hint: 'name a file: -d @body.json',
      cause: error,
    });
  }
}

/** The headers of `--header`, names in lower case; throws `usage`. */
export function headersOf(texts: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\t\x20-\x7e]*)$/.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name.toLowerCase(), value.trimEnd()];
      throw new OperatorError('usage', `--header "${text}" is not a header`, {
        hint: "write -H 'X-GitHub-Event: push'",
      });
    }),
  );
}

/** The id of `--id`, or a new one; throws `usage`. */
export function idOf(text: string | undefined, newId: () => string): string {
  if (text === undefined) return newId();
  if (/^[\x21-\x7e]{1,200}$/.test(text)) return text;
  throw new OperatorError('usage', '--id is not 1 to 200 visible ASCII characters');
}

/** Epoch milliseconds of `--at`; throws `usage`. */
export function atOf(text: string | undefined): number {
  const now = systemClock.now();
  if (text === undefined) return now;
  const ahead = text.startsWith('+') ? parseDuration(text.slice(1)) : null;
  const back = parseDuration(text.replace(/^-/, ''));
  const at = ahead === null ? parseInstant(text) : now + ahead;
  if (at !== null) return at;
  if (back !== null) return now - back;
  throw new OperatorError('usage', `--at "${text}" is neither an instant nor a duration`, {
    hint: 'write 2026-11-23T10:00:00Z, 10m for ten minutes ago, or +10m',
  });
}

/** An address of `--url`, whole and without what stands behind `#`; throws `usage`. */
export function urlOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (/^https?:\/\/[^\s#]+$/.test(text) && URL.canParse(text)) return text;
  throw new OperatorError('usage', `--url "${text}" is not an http or https address`, {
    hint: 'write https://hooks.example.org/hook/github',
  });
}
