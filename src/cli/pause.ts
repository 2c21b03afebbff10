import type { AddCommand, Session } from './command.ts';
import { change } from './instance.ts';
import { sayNoGateway } from './no-gateway.ts';

/** `ductile pause` and `ductile resume`: the whole gateway, or one instance. */
export const addPause: AddCommand = (parent, run) => {
  for (const verb of ['pause', 'resume'] as const) {
    const what =
      verb === 'pause'
        ? 'start no job until resumed, of one instance or at all; jobs are still accepted, running ones go on'
        : 'start jobs again, of one paused instance or of the paused gateway';
    parent
      .command(verb)
      .argument('[instance]', 'instance name (default: the whole gateway)')
      .description(what)
      .addHelpText('after', `\nExample:\n  $ ductile ${verb}`)
      .action(
        run<unknown, readonly [string | undefined]>((session, _options, name) =>
          name === undefined ? all(session, verb) : change(session, name, verb),
        ),
      );
  }
};

async function all(session: Session, verb: 'pause' | 'resume'): Promise<number> {
  return session.withGateway('write', async ({ request, dormant }) => {
    const answer = await request<{ readonly paused: boolean; readonly changed: boolean }>('POST', `/api/v1/${verb}`);
    session.show(answer, ({ paused, changed }) => {
      const what = paused ? 'is paused: no job starts until `ductile resume`' : 'starts jobs again';
      const as = paused ? 'is paused already: no job starts until `ductile resume`' : 'was not paused';
      return `the gateway ${changed ? what : as}\n`;
    });
    if (dormant !== null) sayNoGateway(session);
    return 0;
  });
}
