import { OperatorError } from '../domain/errors.ts';
import type { Json } from '../domain/json.ts';

/** Longest event, in characters; the gateway's own are far shorter. */
const MAX_EVENT = 16 * 1_048_576;

/** A server-sent event of the API. */
export interface ServerSentEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: Json;
}

/** Reads server-sent events as the API writes them: one line for each field, `data` as JSON. What has no data is left out. */
export async function* readEvents(chunks: AsyncIterable<unknown>): AsyncGenerator<ServerSentEvent, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    if (rest.length > MAX_EVENT) throw new OperatorError('internal', 'an event of the stream does not end');
    for (const block of blocks) {
      const read = eventOf(block);
      if (read !== null) yield read;
    }
  }
}

function eventOf(block: string): ServerSentEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return null;
  return { id: fields.get('id') ?? null, event: fields.get('event') ?? 'message', data: JSON.parse(data) };
}
