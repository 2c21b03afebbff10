import type { Session } from './command.ts';

/** Says that something was stored which nobody works on yet: on stderr beside JSON, which stays alone on stdout. */
export function sayNoGateway({ io, json }: Pick<Session, 'io' | 'json'>): void {
  const sink = json ? io.stderr : io.stdout;
  sink.write('No gateway is running: this takes effect when one starts (`ductile start`).\n');
}
