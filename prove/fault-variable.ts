/** The environment variable that tells an armed gateway where to kill itself: `<point>:<nth>`. */
export const FAULT_VARIABLE = 'PROVE_FAULT';
