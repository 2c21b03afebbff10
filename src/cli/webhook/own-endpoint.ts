import { findConfig } from '../../disk/find-config.ts';
import { nearest } from '../../domain/did-you-mean.ts';
import { OperatorError } from '../../domain/errors.ts';
import type { Endpoint } from '../../domain/webhook/endpoint.ts';
import type { Session } from '../command.ts';

/** An endpoint as the configuration's files have it now, secrets included. */
export interface OwnEndpoint {
  readonly endpoint: Endpoint;
  /** Its address on this machine. */
  readonly local: string;
  /** What the world calls it; the local address where nothing says so. */
  readonly world: string;
}

/** Reads the configuration and finds one of its webhooks; throws `not_found`, and what is wrong with the configuration. */
export async function ownEndpoint({ io, config }: Session, name: string): Promise<OwnEndpoint> {
  const { loadSnapshot } = await import('../../disk/build-snapshot.ts');
  const file = findConfig({ explicit: config, env: io.env, cwd: io.cwd });
  const { snapshot } = loadSnapshot({ file, env: io.env });
  const { endpoints, publicUrl } = snapshot.webhooks;
  const endpoint = endpoints.find((one) => one.name === name);
  if (endpoint === undefined) throw unknownEndpoint(name, endpoints);
  const local = `http://${reachable(snapshot.listen.webhooks)}${endpoint.path}`;
  return { endpoint, local, world: publicUrl === null ? local : `${publicUrl.replace(/\/$/, '')}${endpoint.path}` };
}

function unknownEndpoint(name: string, endpoints: readonly Endpoint[]): OperatorError {
  const names = endpoints.map((one) => one.name);
  const meant = nearest(name, names);
  const others =
    names.length === 0 ? 'none is configured under `webhooks.endpoints`' : `there are: ${names.join(', ')}`;
  return new OperatorError('not_found', `no webhook is called "${name}"`, {
    hint: meant === null ? others : `did you mean "${meant}"?`,
  });
}

/** An address to connect to, for one that is listened on: that of all interfaces is none. */
function reachable(listen: string): string {
  return listen.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:');
}
