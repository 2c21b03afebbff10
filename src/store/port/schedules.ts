/** A schedule's identity. */
export interface ScheduleKey {
  readonly instance: string;
  readonly id: string;
}

/** A schedule as configured; `hash` changes with anything that changes its slots. */
export interface ScheduleDefinition extends ScheduleKey {
  readonly hash: string;
}

/** A schedule's durable memory. */
export interface ScheduleState extends ScheduleDefinition {
  /** Slots at or before this instant are done with. */
  readonly highWaterAt: number;
  readonly pausedAt: number | null;
  /** Nominal time of the slot that is to be skipped; null: none. */
  readonly skipAt: number | null;
  /** The last job a slot made, if any. */
  readonly lastJobId: string | null;
  /** Nominal time of the last slot that fired; for a run at the start, when it was made. */
  readonly lastSlotAt: number | null;
}
