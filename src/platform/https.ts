import type { request } from 'node:https';

/** `request` of Node's HTTPS module, loaded when it is first asked for: most who start never need it. */
export function requestOverTls(): typeof request {
  return process.getBuiltinModule('node:https').request;
}
