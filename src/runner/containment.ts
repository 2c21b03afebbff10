/** How far a process is kept away from the rest of the machine. `group`: a session and process group of its own. */
export type ContainmentTier = 'group';

/** The command line that runs `argv` inside a tier. The one place where a wrapper is put in front of a program. */
export function contain({ argv, tier }: { argv: readonly string[]; tier: ContainmentTier }): readonly string[] {
  switch (tier) {
    case 'group':
      return argv;
    default:
      return tier satisfies never;
  }
}
