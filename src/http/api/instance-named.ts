import { nearest } from '../../domain/did-you-mean.ts';
import { OperatorError } from '../../domain/errors.ts';
import type { InstanceView, Operations } from '../../engine/operations.ts';

/** The instance of that name, as it is doing; throws OperatorError `unknown_instance`. */
export async function instanceNamed(operations: Operations, name: string): Promise<InstanceView> {
  const found = (await operations.instances()).find(({ instance }) => instance.name === name);
  if (found !== undefined) return found;
  const near = nearest(name, operations.snapshot().instances.keys());
  throw new OperatorError('unknown_instance', `no instance "${name}" is configured`, {
    ...(near === null ? {} : { hint: `did you mean "${near}"?` }),
  });
}
