import { readFileSync } from 'node:fs';

/** A step of a recording: what was done to a file of the database, or a job id that a client was given meanwhile. */
export type Step =
  | { readonly kind: 'opened'; readonly name: string; readonly emptied: boolean }
  | { readonly kind: 'written'; readonly name: string; readonly offset: number; readonly data: Buffer }
  | { readonly kind: 'resized'; readonly name: string; readonly size: number }
  | { readonly kind: 'synced'; readonly name: string }
  | { readonly kind: 'removed'; readonly name: string }
  | { readonly kind: 'renamed'; readonly name: string; readonly to: string }
  | { readonly kind: 'acknowledged'; readonly jobId: string };

const MARK = 0x01;
const HEAD_BYTES = 16;
const NEW_LINE = 0x0a;

/** Reads the log that shim/record.c describes, with the lines of the clients between its records. */
export function readRecording(path: string): readonly Step[] {
  const log = readFileSync(path);
  const steps: Step[] = [];
  for (let at = 0; at < log.length; ) {
    if (log[at] === MARK) {
      const nameAt = at + HEAD_BYTES;
      const dataAt = nameAt + log.readUInt8(at + 2);
      const end = dataAt + log.readUInt32LE(at + 4);
      steps.push(
        stepOf({
          kind: String.fromCharCode(log.readUInt8(at + 1)),
          name: log.toString('utf8', nameAt, dataAt),
          number: Number(log.readBigUInt64LE(at + 8)),
          data: log.subarray(dataAt, end),
        }),
      );
      at = end;
    } else {
      const end = log.indexOf(NEW_LINE, at);
      if (end < 0) throw new Error(`the recording breaks off at byte ${at}`);
      steps.push({ kind: 'acknowledged', jobId: log.toString('utf8', at, end) });
      at = end + 1;
    }
  }
  return steps;
}

function stepOf({
  kind,
  name,
  number,
  data,
}: {
  readonly kind: string;
  readonly name: string;
  readonly number: number;
  readonly data: Buffer;
}): Step {
  switch (kind) {
    case 'o':
      return { kind: 'opened', name, emptied: number === 1 };
    case 'w':
      return { kind: 'written', name, offset: number, data };
    case 't':
      return { kind: 'resized', name, size: number };
    case 's':
      return { kind: 'synced', name };
    case 'x':
      return { kind: 'removed', name };
    case 'r':
      return { kind: 'renamed', name, to: data.toString('utf8') };
    default:
      throw new Error(`the recording has a record of an unknown kind: ${kind}`);
  }
}
