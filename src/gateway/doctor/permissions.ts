import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DoctorFinding, fail, guarded, ok, warn } from './finding.ts';

const OTHERS_WRITE = 0o022;
const OTHERS_READ = 0o044;

/** Who may read and change the state directory, its files, and what the configuration is made of. */
export function checkPermissions(
  { stateDir, files }: { readonly stateDir: string | null; readonly files: readonly string[] },
  uid: number | null,
): readonly DoctorFinding[] {
  return [
    ...(stateDir === null ? [] : guarded('permissions', () => checkStateDir(stateDir, uid))),
    ...guarded('permissions', () => checkFiles(files)),
  ];
}

function checkStateDir(dir: string, uid: number | null): readonly DoctorFinding[] {
  const status = statSync(dir, { throwIfNoEntry: false });
  if (status === undefined) return [];
  if (uid !== null && uid !== 0 && status.uid !== uid) {
    return [fail('state directory', `${dir} belongs to user ${status.uid}`, `chown -R ${uid} ${dir}`)];
  }
  const findings: DoctorFinding[] = [];
  if ((status.mode & (OTHERS_WRITE | OTHERS_READ)) !== 0) {
    findings.push(fail('state directory', `${dir} is open to others (mode ${octal(status.mode)})`, `chmod 700 ${dir}`));
  }
  const open = readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter(({ name }) => ((statSync(join(dir, name), { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0);
  if (open.length > 0) {
    const names = open.map(({ name }) => join(dir, name));
    findings.push(warn('state directory', `others may use ${names.join(', ')}`, `chmod 600 ${names.join(' ')}`));
  }
  return findings.length > 0 ? findings : [ok('state directory', `${dir} is its owner's alone`)];
}

/** Whoever may write these decides what the gateway runs. */
function checkFiles(files: readonly string[]): readonly DoctorFinding[] {
  const writable = files.filter((file) => {
    return ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS_WRITE) !== 0;
  });
  if (writable.length === 0) return [ok('configuration files', 'nobody else may change them')];
  const text = `others may change ${writable.join(', ')}, and so what the gateway runs`;
  return [warn('configuration files', text, `chmod go-w ${writable.join(' ')}`)];
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8);
}
