import type { AddCommand } from './command.ts';

/** `ductile schema`: the JSON Schema of the configuration, for editors. */
export const addSchema: AddCommand = (parent, run) => {
  parent
    .command('schema')
    .description('print the JSON Schema of ductile.yaml, for completion and checking in an editor')
    .addHelpText('after', '\nExample:\n  $ ductile schema > ductile.schema.json')
    .action(
      run(async ({ io }) => {
        const { renderConfigSchema } = await import('../domain/config/schema.ts');
        io.stdout.write(renderConfigSchema());
        return 0;
      }),
    );
};
