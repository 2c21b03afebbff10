import type { Json } from '../../domain/json.ts';
import type { AttemptRecord } from '../../domain/settlement.ts';
import type { Claimed } from './claims.ts';

/** An attempt that has ended, with what its request is rebuilt from. */
export interface PastAttempt extends Omit<Claimed, 'state' | 'stateVersion'> {
  readonly record: AttemptRecord;
  /** What the request carried; null: it is not kept any more. */
  readonly state: Claimed['state'] | null;
  /** The instance's template in the configuration that the attempt ran with; null: it is not kept. */
  readonly template: Json;
}
