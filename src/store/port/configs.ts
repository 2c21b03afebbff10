import type { JsonObject } from '../../domain/json.ts';

/** A configuration as it is kept, secrets masked. */
export interface ConfigInForce {
  /** Of its snapshot. */
  readonly version: string;
  /** Absolute path of its first file. */
  readonly file: string;
  readonly text: string;
}

/** The same with what attempts that ran with it can be rebuilt from. */
export interface RecordedConfig extends ConfigInForce {
  /** The template of each instance, by name. */
  readonly templates: JsonObject;
}

/** A configuration that came into force; one that came again is there again. */
export interface ConfigVersion {
  readonly version: string;
  readonly at: number;
  readonly file: string;
}
