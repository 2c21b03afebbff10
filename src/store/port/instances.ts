import type { JsonObject } from '../../domain/json.ts';

/** What a claim must respect of an instance. */
export interface InstanceRow {
  readonly name: string;
  /** Most attempts at one time; 0 holds every job. */
  readonly cap: number;
  readonly rateLimit: { readonly count: number; readonly perMs: number } | null;
  /** Stands for what init must have succeeded with before other jobs may start; null: there is no init. */
  readonly initHash?: string | null;
}

/** What holds the jobs of an instance whatever its limits, and outlives the gateway. */
export interface Standing {
  readonly instance: string;
  readonly pausedAt: number | null;
  /** Since when its jobs wait for init; null: it has succeeded, or there is none. */
  readonly unhealthyAt: number | null;
  /** The latest job that ran init, if any, and the hash that was wanted when it was made. */
  readonly initJobId: string | null;
  readonly initTried: string | null;
}

/** What holds the whole gateway, and each instance. */
export interface Standings {
  readonly pausedAt: number | null;
  readonly instances: readonly Standing[];
}

/** One version of an instance's state. Version 0 is the empty one before the first change. */
export interface StateVersion {
  readonly value: JsonObject;
  readonly version: number;
  /** When it was made, and by which job; null: before the first change, or not by a job. */
  readonly at: number | null;
  readonly jobId: string | null;
}
