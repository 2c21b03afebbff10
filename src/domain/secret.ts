import type { SecretHolder } from './secret-holders.ts';

/** One place of the configuration that holds a secret; the secret itself is not in it. */
export interface SecretUse {
  /** `env:NAME`, `file:/absolute/path`, or, of a value that stands there literally, the place: `plugins.x.config.key`. */
  readonly name: string;
  readonly source: 'env' | 'file' | 'configuration';
  /** The `${…}` as written; null when the value stands there literally. */
  readonly reference: string | null;
  /** False: the value is too short to be masked. */
  readonly masked: boolean;
  /** What is wrong with it, such as a file that everyone may read; null: nothing. */
  readonly warning: string | null;
  /** Who gets it; at least one. */
  readonly holders: readonly SecretHolder[];
}
