import type { RoutingContext } from '../domain/core-event.ts';
import type { Instance } from '../domain/instance.ts';

import type { Snapshot } from '../domain/snapshot.ts';
import type { Clock } from '../platform/clock.ts';
import type { NewId } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { RunPlugin } from '../runner/run-plugin.ts';
import type { Store } from '../store/port.ts';
import type { Bus } from './bus.ts';
import type { LiveOutput } from './live-output.ts';

/** Where attempts find their directories; paths are absolute and exist once returned. */
export interface Directories {
  /** The one workspace of a lineage. */
  workspace(rootJobId: string): string;
  /** The working directory of an instance's processes. */
  instance(name: string): string;
  /** Deletes a lineage's workspace, if there is one. */
  removeWorkspace(rootJobId: string): Promise<void>;
  /** Roots of the lineages that have a workspace. */
  workspaces(): readonly string[];
  /** Where the fuller stderr of an attempt goes. */
  stderrFile(jobId: string, attempt: number): string;
  /** Every stderr file there is. */
  stderrFiles(): readonly { readonly jobId: string; readonly path: string }[];
  /** Deletes one file. */
  removeFile(path: string): void;
}

/** The real parts an engine is made of; made once, in the composition root. */
export interface EngineParts {
  readonly store: Store;
  readonly run: RunPlugin;
  readonly directories: Directories;
  readonly bus: Bus;
  /** What attempts say while they run. */
  readonly liveOutput: LiveOutput;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly log: Log;
  /** The snapshot in force. */
  readonly snapshot: () => Snapshot;
  /** The snapshot that a job of the instance runs with: the one in force, or the last one that had an instance which a reload removed. */
  readonly lastSnapshotWith: (instance: string) => Snapshot;
  /** Marks this gateway's processes, the same across restarts of one state directory. */
  readonly gatewayId: string;
}

/** What `settle` and routing need of a snapshot. */
export function routingContext(snapshot: Snapshot): RoutingContext {
  return {
    routes: snapshot.routes,
    expected: snapshot.expectations.flatMap(({ seen }) => (seen.kind === 'event' ? [seen.eventType] : [])),
    instance: (name: string): Instance | undefined => snapshot.instances.get(name),
    redactor: snapshot.redactor,
    maxDepth: snapshot.service.maxDepth,
    dedupeWindowMs: snapshot.service.dedupeWindowMs,
    configVersion: snapshot.version,
  };
}
