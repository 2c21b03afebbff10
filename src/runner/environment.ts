/** What the processes of one attempt carry in their environment, so that they are found wherever they went. */
export interface Markers {
  /** The same for every attempt of one state directory. */
  readonly gateway: string;
  readonly attempt: string;
}

const PASSED_ON: ReadonlySet<string> = new Set(['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR']);

/** Environment of a process: the allow-list out of the gateway's own, then `own`, then the markers, which nothing overrides. */
export function childEnvironment(parts: {
  readonly gateway: Readonly<Record<string, string | undefined>>;
  readonly own: Readonly<Record<string, string>>;
  readonly markers: Markers;
}): Record<string, string> {
  const { gateway, own, markers } = parts;
  const passedOn = Object.entries(gateway).flatMap(([name, value]) =>
    value !== undefined && (PASSED_ON.has(name) || name.startsWith('LC_')) ? [[name, value] as const] : [],
  );
  return {
    ...Object.fromEntries(passedOn),
    ...own,
    DUCTILE_ATTEMPT: markers.attempt,
    DUCTILE_GATEWAY: markers.gateway,
  };
}
