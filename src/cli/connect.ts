import { request as httpRequest } from 'node:http';
import { loadSnapshot } from '../disk/build-snapshot.ts';
import { findConfig } from '../disk/find-config.ts';
import { peekStateDir } from '../disk/peek-state-dir.ts';
import { socketPathOf } from '../disk/socket-path.ts';
import { OPERATOR_ERRORS, OperatorError, type OperatorErrorCode } from '../domain/errors.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import { type Dormant, openForReading, openForWriting } from '../gateway.ts';
import { silentLog } from '../platform/log.ts';
import type { Io } from './io.ts';

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** Whoever answers the command line: a gateway at work, or its files. */
export interface Connection {
  /** Null when a gateway answers. */
  readonly dormant: Dormant | null;
  /** Throws the OperatorError that a problem answer stands for. */
  request(method: 'GET' | 'POST', path: string, body?: Json): Promise<Answer>;
  close(): Promise<void>;
}

/** Where a command finds its configuration and what it is going to do. */
export interface ConnectOptions {
  readonly io: Io;
  readonly config: string | null;
  /** `write` takes the state directory when no gateway runs. */
  readonly need: 'read' | 'write';
}

/** Connects to the running gateway of the configuration, or opens its files when there is none. */
export async function connect({ io, config, need }: ConnectOptions): Promise<Connection> {
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  const socketPath = socketPathOf(peekStateDir({ file, env: io.env }));
  if (await answers(socketPath)) {
    return {
      dormant: null,
      request: async (method, path, body) => checked(await overSocket(socketPath, { method, path, body })),
      close: async () => {},
    };
  }
  const { snapshot } = loadSnapshot({ file, env: io.env });
  const options = { snapshot, log: silentLog, environment: io.env, pid: io.pid };
  const dormant = need === 'read' ? await openForReading(options) : await takeFiles(options);
  return {
    dormant,
    async request(method, url, body) {
      const reply = await dormant.api.inject({
        method,
        url,
        ...(body === undefined ? {} : { payload: asBody(body) }),
        headers: JSON_BODY,
      });
      return checked({ status: reply.statusCode, body: reply.json<Json>() });
    },
    close: () => dormant.close(),
  };
}

const JSON_BODY = { 'content-type': 'application/json' };

function asBody(body: Json): string {
  return JSON.stringify(body);
}

async function takeFiles(options: Parameters<typeof openForWriting>[0]): Promise<Dormant> {
  try {
    return await openForWriting(options);
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'already_running') throw error;
    throw new OperatorError('gateway_unreachable', `${error.message}, but its socket does not answer`, {
      cause: error,
    });
  }
}

/** True when somebody listens on the socket. */
async function answers(socketPath: string): Promise<boolean> {
  try {
    await overSocket(socketPath, { method: 'GET', path: '/healthz', body: undefined });
    return true;
  } catch {
    return false;
  }
}

function overSocket(
  socketPath: string,
  { method, path, body }: { method: string; path: string; body: Json | undefined },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? null : asBody(body);
    const headers = text === null ? {} : { ...JSON_BODY, 'content-length': Buffer.byteLength(text) };
    const request = httpRequest({ socketPath, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          const parsed: Json = JSON.parse(Buffer.concat(chunks).toString('utf8'));
          resolve({ status: response.statusCode ?? 500, body: parsed });
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on('error', reject);
    request.end(text ?? undefined);
  });
}

function checked(answer: Answer): Answer {
  if (answer.status < 400) return answer;
  const { code, detail, hint } = isJsonObject(answer.body) ? answer.body : {};
  throw new OperatorError(isCode(code) ? code : 'internal', String(detail ?? 'the gateway gave no reason'), {
    ...(typeof hint === 'string' ? { hint } : {}),
  });
}

function isCode(code: Json | undefined): code is OperatorErrorCode {
  return typeof code === 'string' && code in OPERATOR_ERRORS;
}
