import { inspectProgram } from '../../disk/trust.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import { containmentWarnings } from '../../engine/containment.ts';
import { containmentTools } from '../../runner/containment-tools.ts';
import { type DoctorFinding, fail, ok, warn } from './finding.ts';

/** Whether each instance's program is there and nobody else's to change. */
export function checkPlugins({ instances, service }: Snapshot): readonly DoctorFinding[] {
  const found = [...instances.values()].flatMap((instance): DoctorFinding[] => {
    const { reason, warnings } = inspectProgram(instance, { strict: service.strictPlugins });
    const check = `plugin of ${instance.name}`;
    if (reason !== null) return [fail(check, reason, `\`ductile plugin show ${instance.name}\` tells where it lies.`)];
    return warnings.map((text) => warn(check, text, 'Take away the rights of others to write (`chmod -R go-w`).'));
  });
  if (found.length > 0) return found;
  return [
    ok('plugins', `${instances.size} instance${instances.size === 1 ? '' : 's'}, each with a program to be trusted`),
  ];
}

/** Whether this machine gives what instances ask of containment, and with which tools. */
export function checkTools(snapshot: Snapshot, path: string | undefined): readonly DoctorFinding[] {
  const refused = containmentWarnings(snapshot, path).map(({ message, hint }) =>
    fail('containment', message, hint ?? 'Ask for another tier.'),
  );
  if (refused.length > 0) return refused;
  const { withoutSetpriv, ...tools } = containmentTools(path);
  const there = Object.entries(tools).flatMap(([name, program]) => (program === null ? [] : [name]));
  const text = `what instances ask for is given (${there.join(', ') || 'no tools'})`;
  if (withoutSetpriv === null) return [ok('containment', text)];
  const hint =
    'Install setpriv of util-linux 2.31 or newer, so that attempts end with the gateway and gain no privileges.';
  return [warn('containment', `${text}, and ${withoutSetpriv}`, hint)];
}
