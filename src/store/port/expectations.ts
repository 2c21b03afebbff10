/** What counts as a sight of an expectation. */
export interface ExpectationRow {
  readonly name: string;
  readonly kind: 'event' | 'schedule' | 'job';
  /** An event type or `prefix.*`; `scheduler:<instance>/<schedule>`; `<instance>` or `<instance> <command>`. */
  readonly pattern: string;
}
