import type { Readable } from 'node:stream';
import { text as textOfStream } from 'node:stream/consumers';
import { findConfig } from '../disk/find-config.ts';
import { peekStateDir } from '../disk/peek-state-dir.ts';
import { socketPathOf } from '../disk/socket-path.ts';
import {
  type Location,
  OPERATOR_ERRORS,
  OperatorError,
  type OperatorErrorCode,
  type Problem,
} from '../domain/errors.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { Dormant } from '../gateway/dormant.ts';
import { systemClock } from '../platform/clock.ts';
import type { Io } from './io.ts';
import { readEvents, type ServerSentEvent } from './server-sent-events.ts';
import { answersAt, type Call, openStream, overSocket, type Reply } from './socket.ts';

/** Whoever answers the command line: a gateway at work, or its files. */
export interface Connection {
  /** Null when a gateway answers. */
  readonly dormant: Dormant | null;
  /** The body of the API's answer, which the caller names; throws the OperatorError that a problem answer stands for. */
  request<Answer>(method: Call['method'], path: string, body?: Json): Promise<Answer>;
  /**
   * The events of a stream of the API as they come, until it ends; throws like `request`, and `gateway_unreachable` when
   * the gateway goes away in the middle.
   */
  stream(path: string): AsyncGenerator<ServerSentEvent, void, undefined>;
  close(): Promise<void>;
}

/** Where a command finds its configuration and what it is going to do. */
export interface ConnectOptions {
  readonly io: Io;
  readonly config: string | null;
  /** `write` takes the state directory when no gateway runs. */
  readonly need: 'read' | 'write';
}

/**
 * Connects to the running gateway of the configuration, or opens its files when there is none. Somebody who holds them
 * and does not answer is waited for a little: another command ends, and a gateway that starts answers soon.
 */
export async function connect({ io, config, need }: ConnectOptions): Promise<Connection> {
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  const socketPath = socketPathOf(peekStateDir({ file, env: io.env }));
  const began = systemClock.monotonic();
  for (;;) {
    if (await answersAt(socketPath)) {
      return connection(null, {
        send: (call) => overSocket(socketPath, call),
        open: (path) => openStream(socketPath, path),
        close: async () => {},
      });
    }
    // Loaded only now: asking a gateway takes a fraction of what being one takes.
    const { openOwnFiles } = await import('./own-files.ts');
    try {
      const dormant = await openOwnFiles({ io, file, need });
      return connection(dormant, {
        send: (call) => inject(dormant, call),
        open: (path) => injectStream(dormant, path),
        close: () => dormant.close(),
      });
    } catch (error) {
      if (!isHeld(error) || systemClock.monotonic() - began > PATIENCE_MS) throw error;
    }
    await new Promise<void>((resolve) => systemClock.after(STEP_MS, resolve));
  }
}

/** How long another command may take to write its piece, or a gateway to start, in milliseconds. */
const PATIENCE_MS = 5_000;
const STEP_MS = 50;

function isHeld(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'gateway_unreachable';
}

function connection(
  dormant: Dormant | null,
  way: {
    send(call: Call): Promise<Reply>;
    open(path: string): Promise<{ readonly status: number; readonly body: Readable }>;
    close(): Promise<void>;
  },
): Connection {
  return {
    dormant,
    async request<Answer>(method: Call['method'], path: string, body?: Json): Promise<Answer> {
      const reply = await way.send({ method, path, body: body === undefined ? null : textOf(body) });
      // Both sides take the shape of an answer from one place, see answers.ts.
      return checked(reply) as Answer;
    },
    async *stream(path) {
      const { status, body } = await way.open(path);
      if (status >= 400) checked({ status, body: JSON.parse(await textOfStream(body)) });
      try {
        yield* readEvents(body);
      } catch (cause) {
        if (cause instanceof OperatorError) throw cause;
        throw new OperatorError('gateway_unreachable', 'the gateway went away in the middle', { cause });
      } finally {
        body.destroy();
      }
    },
    close: () => way.close(),
  };
}

async function injectStream({ api }: Dormant, path: string): Promise<{ status: number; body: Readable }> {
  const reply = await api.inject({ method: 'GET', url: path, payloadAsStream: true });
  return { status: reply.statusCode, body: reply.stream() };
}

async function inject({ api }: Dormant, { method, path, body }: Call): Promise<Reply> {
  const headers = { 'content-type': 'application/json' };
  const reply = await api.inject({ method, url: path, ...(body === null ? {} : { payload: body, headers }) });
  return { status: reply.statusCode, body: reply.json<Json>() };
}

/** `JSON.parse` reads what is nested so deeply that `JSON.stringify` cannot write it. */
function textOf(body: Json): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new OperatorError('invalid_payload', 'the payload is nested too deeply', { cause: error });
  }
}

function checked({ status, body }: Reply): Json {
  if (status < 400) return body;
  const { code, detail, hint, location, problems } = isJsonObject(body) ? body : {};
  throw new OperatorError(isCode(code) ? code : 'internal', String(detail ?? 'the gateway gave no reason'), {
    ...(typeof hint === 'string' ? { hint } : {}),
    // Both sides take the shape of a problem from one place, too.
    location: (location ?? null) as Location | null,
    problems: (Array.isArray(problems) ? problems : []) as unknown as readonly Problem[],
  });
}

function isCode(code: Json | undefined): code is OperatorErrorCode {
  return typeof code === 'string' && Object.hasOwn(OPERATOR_ERRORS, code);
}
