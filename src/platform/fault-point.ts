/**
 * Moments between two steps of the gateway at which its end must do no harm, in the order of a job's way. A campaign
 * ends the gateway there; otherwise reaching one does nothing.
 */
export const FAULT_POINTS = [
  'recover.swept',
  'recover.opened',
  'recover.settled',
  'enqueue.begun',
  'enqueue.committed',
  'slot.begun',
  'slot.committed',
  'commit.begun',
  'commit.worked',
  'commit.synced',
  'claim.begun',
  'claim.committed',
  'attempt.prepared',
  'attempt.spawned',
  'attempt.ended',
  'finish.settled',
  'finish.committed',
  'cancel.committed',
  'stop.draining',
  'stop.drained',
  'stop.closed',
] as const;

/** The name of such a moment: the part, then what has just happened. */
export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Such moments in an upgrade and a restore, of which a gateway's life has at most one. */
export const SWITCH_POINTS = [
  'upgrade.copied',
  'upgrade.migrated',
  'upgrade.checked',
  'restore.copied',
  'restore.checked',
  'switch.decided',
  'switch.aside',
  'switch.renamed',
] as const;

/** The name of such a moment. */
export type SwitchPoint = (typeof SWITCH_POINTS)[number];

let listener: ((point: FaultPoint | SwitchPoint) => void) | null = null;

/** Says that the gateway has come to a point. */
export function reach(point: FaultPoint | SwitchPoint): void {
  listener?.(point);
}

/**
 * Hears of every point that is reached, in this process; null: nobody does.
 * @internal for the fault campaigns
 */
export function onFaultPoint(heard: ((point: FaultPoint | SwitchPoint) => void) | null): void {
  listener = heard;
}
