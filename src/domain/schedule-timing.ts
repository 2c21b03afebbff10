import type { DstRule } from './schedule-wall.ts';
import type { Window } from './schedule-window.ts';

/** When a schedule's slots are. */
export type Rhythm =
  /** A grid of elapsed time, in milliseconds. */
  | { readonly kind: 'every'; readonly everyMs: number }
  /** 00:00 of every day, every Monday, or every first of the month. */
  | { readonly kind: 'calendar'; readonly unit: 'daily' | 'weekly' | 'monthly' }
  | { readonly kind: 'cron'; readonly expression: string }
  /** One instant. */
  | { readonly kind: 'at'; readonly at: number };

/** Everything that decides when the slots of a schedule are, and the identity that seeds their jitter. */
export interface Timing {
  readonly instance: string;
  readonly id: string;
  readonly rhythm: Rhythm;
  /** A zone of the IANA database. */
  readonly timezone: string;
  /** Each slot is late by less than this. */
  readonly jitterMs: number;
  /** Null: always open. */
  readonly window: Window | null;
  readonly dst: DstRule;
}
