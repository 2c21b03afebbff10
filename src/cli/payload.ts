import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OperatorError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';
import type { Io } from './io.ts';

/** What `--payload` accepts, for the help of a command. */
export const PAYLOAD_HELP = 'JSON, @file, or - for standard input (default: {})';

/** The JSON value of `--payload`: JSON text, `@file`, or `-` for standard input. */
export async function payloadOf(text: string | undefined, io: Io): Promise<Json> {
  if (text === undefined) return {};
  const source = await sourceOf(text, io);
  try {
    const value: Json = JSON.parse(source.text);
    return value;
  } catch (error) {
    throw new OperatorError('invalid_payload', `${source.name} is not valid JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function sourceOf(text: string, io: Io): Promise<{ readonly name: string; readonly text: string }> {
  if (text === '-') return { name: 'standard input', text: await io.readStdin() };
  if (!text.startsWith('@')) return { name: 'the payload', text };
  try {
    return { name: text.slice(1), text: readFileSync(resolve(io.cwd, text.slice(1)), 'utf8') };
  } catch (error) {
    throw new OperatorError('invalid_payload', `the payload file cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
