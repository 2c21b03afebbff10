import { z } from 'zod';
import type { Containment } from '../instance.ts';
import { choice, flag, section } from './scalars.ts';

const tierSchema = choice(['group', 'pidns', 'bwrap']);

/** `containment:`; a word stands for the map with that `tier`. */
export const containmentSchema = z
  .union(
    [
      tierSchema,
      section(
        {
          tier: tierSchema
            .optional()
            .describe(
              '`group`: a process group of their own. `pidns`: a PID namespace, which nothing survives. `bwrap`: also a read-only file system. Built in: `group`.',
            ),
          network: flag().optional().describe('`false`: no network (`bwrap` only). Built in: true.'),
          no_new_privs: flag()
            .optional()
            .describe(
              '`false`: programs may gain privileges, as sudo does. Built in: true, where the system has setpriv.',
            ),
        },
        'a map with `tier`, `network` and `no_new_privs`',
      ),
    ],
    { error: 'expected `group`, `pidns` or `bwrap`, or a map with `tier`, `network` and `no_new_privs`' },
  )
  .describe('How the processes of an attempt are kept together, and away from the rest of the machine.');

/** `containment:` as it stands in one place. */
export type WrittenContainment = z.output<typeof containmentSchema>;

/** Built-in values, then each layer over the ones before it, key by key. */
export function mergeContainment(layers: readonly (WrittenContainment | undefined)[]): Containment {
  const maps: readonly Exclude<WrittenContainment, string>[] = layers
    .toReversed()
    .map((layer) => (typeof layer === 'string' ? { tier: layer } : (layer ?? {})));
  const nearest = <Key extends keyof Exclude<WrittenContainment, string>>(key: Key) =>
    maps.find((map) => map[key] !== undefined)?.[key];
  return {
    tier: nearest('tier') ?? 'group',
    network: nearest('network') ?? true,
    noNewPrivs: nearest('no_new_privs') ?? null,
  };
}

/** What contradicts itself in a containment, and what to do about it; null: nothing. */
export function contradiction({ tier, network, noNewPrivs }: Containment): { message: string; hint: string } | null {
  if (tier !== 'bwrap' && !network) {
    return {
      message: `containment: \`network: false\` needs the tier \`bwrap\`, but the tier is \`${tier}\``,
      hint: 'write `tier: bwrap`, or `network: true`',
    };
  }
  if (tier === 'bwrap' && noNewPrivs === false) {
    return {
      message:
        'containment: `no_new_privs: false` is impossible in the tier `bwrap`, which never lets a program gain privileges',
      hint: 'choose `tier: pidns` or `tier: group`, or write `no_new_privs: true`',
    };
  }
  return null;
}
