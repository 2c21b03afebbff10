import { rmSync } from 'node:fs';
import { stderrFileFor, stderrFiles } from './stderr-files.ts';
import { instanceDir, removeWorkspace, workspaceFor, workspaces } from './workspace.ts';

/** Where attempts find their directories below a state directory. */
export function directoriesIn(stateDir: string) {
  return {
    workspace: (rootJobId: string) => workspaceFor(stateDir, rootJobId),
    instance: (name: string) => instanceDir(stateDir, name),
    removeWorkspace: (rootJobId: string) => removeWorkspace(stateDir, rootJobId),
    workspaces: () => workspaces(stateDir),
    stderrFile: (jobId: string, attempt: number) => stderrFileFor(stateDir, { jobId, attempt }),
    stderrFiles: () => stderrFiles(stateDir),
    removeFile: (path: string) => rmSync(path, { force: true }),
  };
}
