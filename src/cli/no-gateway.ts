/** Said when something was stored that nobody works on yet. */
export const NO_GATEWAY = 'No gateway is running: this takes effect when one starts (`ductile start`).\n';
