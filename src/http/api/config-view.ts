import type { Snapshot } from '../../domain/snapshot.ts';
import type { ConfigInForce, ConfigVersion } from '../../engine/operations.ts';
import { instant } from './instant-view.ts';

/** The configuration in force as YAML, secrets masked. */
export function configView({ version, file, shown }: Snapshot) {
  return { version, file, text: shown().text };
}

/** A configuration that came into force. */
export function configVersionView({ version, at, file }: ConfigVersion) {
  return { version, at: instant(at), file };
}

/** The same with its text. */
export function configTextView(version: ConfigVersion & ConfigInForce) {
  return { ...configVersionView(version), text: version.text };
}
