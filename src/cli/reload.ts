import type { PreviewAnswer, ReloadAnswer } from './answers.ts';
import { type AddCommand, type Session, wholeNumberOf } from './command.ts';
import { problemText } from './output/failure.ts';
import { reloadText } from './output/reload-text.ts';

interface ReloadOptions {
  readonly preview?: boolean;
  readonly events: string;
}

/** `ductile reload`: puts the configuration as it stands in the files in force, or shows what that would change. */
export const addReload: AddCommand = (parent, run) => {
  parent
    .command('reload')
    .description('read the configuration again and swap it in one step; an invalid one changes nothing')
    .option('--preview', 'only show what would change, for the latest events and the slots of a day, too')
    .option('--events <number>', 'how many stored events --preview looks at', '100')
    .addHelpText('after', '\nExample:\n  $ ductile reload --preview')
    .action(run(reload));
};

async function reload(session: Session, { preview = false, events }: ReloadOptions): Promise<number> {
  const { io, json } = session;
  return session.withGateway('read', async ({ request }) => {
    const body = preview ? { preview, events: wholeNumberOf('--events', events) } : {};
    const answer = await request<ReloadAnswer | PreviewAnswer>('POST', '/api/v1/reload', body);
    if (!json) for (const warning of answer.warnings) io.stderr.write(problemText(warning, io.stderr));
    session.show(answer, (shown) => reloadText(shown, session.paint));
    return 0;
  });
}
