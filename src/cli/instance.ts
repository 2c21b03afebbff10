import type { InstanceAnswer } from './answers.ts';
import type { AddCommand, Session } from './command.ts';
import { sayNoGateway } from './no-gateway.ts';
import { addInstanceViews } from './plugin.ts';

/** `ductile instance …`: list and show instances, pause and resume one, try its init again. */
export const addInstance: AddCommand = (parent, run) => {
  const instance = parent.command('instance').description('list, show, pause, resume and reset instances');
  addInstanceViews(instance, run);
  const verbs = {
    pause: 'start no job of one instance until it is resumed; a running one goes on',
    resume: 'start jobs of a paused instance again',
    reset: 'close the circuit breakers of an instance, and run an init that has not succeeded',
  } as const;
  for (const verb of ['pause', 'resume', 'reset'] as const) {
    instance
      .command(verb)
      .argument('<instance>', 'instance name')
      .description(verbs[verb])
      .addHelpText('after', `\nExample:\n  $ ductile instance ${verb} hello`)
      .action(run<unknown, readonly [string]>((session, _options, name) => change(session, name, verb)));
  }
};

/** Asks for a change of one instance and tells how it is then. */
export async function change(session: Session, name: string, verb: 'pause' | 'resume' | 'reset'): Promise<number> {
  return session.withGateway('write', async ({ request, dormant }) => {
    const path = `/api/v1/instances/${encodeURIComponent(name)}/${verb}`;
    const answer = await request<InstanceAnswer>('POST', path);
    session.show(answer, ({ instance, paused_at, unhealthy_since }) => {
      const health = unhealthy_since === null ? '' : ', its init has not succeeded yet';
      const goes =
        paused_at === null ? 'may start jobs' : `is paused: its jobs wait until \`ductile resume ${instance}\``;
      return `${instance} ${goes}${health}\n`;
    });
    if (dormant !== null) sayNoGateway(session);
    return 0;
  });
}
