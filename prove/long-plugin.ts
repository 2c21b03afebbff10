/** What `long` may be, by the word in a job's payload. `cleared` is known by its record alone. */
export const LONG_KINDS = ['plain', 'setsid', 'cleared', 'traps_term'] as const;

/** The manifest of `long`. */
export const LONG_MANIFEST = `name: long
protocol: 1
entrypoint: run.sh
commands: [handle]
config_keys: { required: [effects] }
`;

/**
 * A plugin whose first attempt never ends, in the way that the payload's `does` says; later ones only answer. What stays
 * has `stays.<job>` in its command line, and the place of the effects. A later attempt that meets anything of the first writes `met` with its file.
 *
 * `cleared` goes on under an empty environment and does not hear of the gateway's end.
 */
export const LONG_PROGRAM = `#!/bin/sh
read -r request
after() { case $request in *"$1"*) rest=\${request#*"$1"} ;; *) rest= ;; esac; }
after '"job_id":"'; job=\${rest%%\\"*}
after '"attempt":'; attempt=\${rest%%[!0-9]*}
after '"effects":"'; effects=\${rest%%\\"*}
after '"does":"'; does=\${rest%%\\"*}
tell() { echo "$job $attempt $*" >> "$effects"; }
if [ "$attempt" -gt 1 ]; then
  for environ in $(grep -lzx "DUCTILE_ATTEMPT=$job.$((attempt - 1))" /proc/[0-9]*/environ 2>/dev/null); do
    tell met "$environ"
  done
  for cmdline in $(grep -la "stays[.]$job" /proc/[0-9]*/cmdline 2>/dev/null); do
    tell met "$cmdline"
  done
fi
tell begin $$ $PPID
if [ "$attempt" = 1 ]; then
  stays='while :; do sleep 1; done'
  command -v setpriv >/dev/null && deaf='setpriv --pdeathsig clear'
  case $does in
    setsid) setsid /bin/sh -c "$stays" "stays.$job" "$effects" </dev/null >/dev/null 2>&1 & ;;
    cleared) exec $deaf env -i "PATH=$PATH" /bin/sh -c "($stays) & $stays" "stays.$job" "$effects" ;;
    traps_term) trap '' TERM ;;
  esac
  /bin/sh -c "$stays" "stays.$job" "$effects"
fi
tell end
echo '{"protocol":1,"status":"ok"}'
`;
