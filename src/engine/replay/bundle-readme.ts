import type { BundleManifest } from './bundle-manifest.ts';

/** `README.txt` of a bundle: what it is, and how to use it, for somebody who was only sent the file. */
export function bundleReadme(manifest: BundleManifest): string {
  const { job_id, instance, command, attempts, references, program, masked, created_at, ductile } = manifest;
  const secrets = references.map((one) => `  ${one}`);
  const places = masked.map(
    ({ file, places }) => `  ${file}: ${places.map((one) => (one === '' ? 'in its text' : one)).join(', ')}`,
  );
  return [
    `Job ${job_id}: ${instance} ${command}, ${attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`}.`,
    `Written by Ductile ${ductile} at ${created_at}.`,
    '',
    'To run an attempt again, anywhere Ductile is installed:',
    '',
    '  ductile replay --bundle <this file>',
    '',
    'It runs the program below plugin/ on that machine, so look at it first. Nothing is stored.',
    '',
    'bundle.json      what is here, and what is not',
    'job.json         the job',
    'attempts/N.json  how attempt N ended: outcome, error, exit code, standard error, response',
    'requests/N.json  what attempt N was given: payload, state, event, and the instance as it was configured',
    program.included
      ? 'plugin/          the plugin as it was when the bundle was made'
      : `plugin/          is missing: ${program.reason ?? ''}`,
    '',
    ...(secrets.length === 0
      ? ['It needs no secrets.']
      : [
          'Secrets are not in here. Give a replay those that matter, by the environment, --env-file or --secret NAME=@file;',
          '*** stands in the place of each other one:',
          ...secrets,
        ]),
    '',
    ...(places.length === 0
      ? ['Nothing else was masked.']
      : ['Masked, so that a replay may see other values there:', ...places]),
    '',
  ].join('\n');
}
