/** What `stray` may do with its child, by the word in a job's payload. */
export const STRAYS = ['background', 'setsid', 'double_fork', 'traps_term', 'holds_pipes', 'closes_all'] as const;

/** The one that the tier `group` cannot find again, as documented: a session of its own, and no marker. */
export const CLEARS_ENVIRONMENT = 'clears_environment';

/** The manifest of `stray`. */
export const STRAY_MANIFEST = `name: stray
protocol: 1
entrypoint: run.sh
commands: [handle]
config_keys: { required: [effects, child, alive], optional: [stays], paths: [effects, child, alive] }
`;

/**
 * A plugin whose first attempt leaves a child behind in the way that the payload's `does` says; later ones only answer.
 * With `stays` it never ends. The child's last argument is `<job>.<attempt>`.
 */
export const STRAY_PROGRAM = `#!/bin/sh
read -r request
after() { case $request in *"$1"*) rest=\${request#*"$1"} ;; *) rest= ;; esac; }
after '"job_id":"'; job=\${rest%%\\"*}
after '"attempt":'; attempt=\${rest%%[!0-9]*}
after '"effects":"'; effects=\${rest%%\\"*}
after '"child":"'; child=\${rest%%\\"*}
after '"alive":"'; alive=\${rest%%\\"*}/$job.$attempt
after '"does":"'; does=\${rest%%\\"*}
after '"stays":true'; stays=$rest
me=$job.$attempt
tell() { echo "$job $attempt $*" >> "$effects"; }
if [ "$attempt" = 1 ]; then
  case $does in
    background) "$child" $alive $me </dev/null >/dev/null 2>&1 & ;;
    setsid) setsid "$child" $alive $me </dev/null >/dev/null 2>&1 & ;;
    double_fork) ( setsid "$child" $alive $me </dev/null >/dev/null 2>&1 & ) ;;
    traps_term) trap '' TERM; setsid "$child" $alive $me </dev/null >/dev/null 2>&1 & ;;
    holds_pipes) setsid "$child" $alive $me & ;;
    closes_all) setsid "$child" $alive $me <&- >&- 2>&- & ;;
    clears_environment) env -i "$(command -v setsid)" "$child" $alive $me </dev/null >/dev/null 2>&1 & ;;
  esac
  while [ ! -e $alive ]; do sleep 0.01; done
fi
tell begin $$ $PPID
if [ "$attempt" = 1 ] && [ -n "$stays" ]; then while :; do sleep 1; done; fi
echo '{"protocol":1,"status":"ok"}'
tell end $(date +%s%3N)
`;

/** What stays behind: a process that never ends; one whose parent ignores TERM ignores it, too. */
export const CHILD_PROGRAM = `#!/bin/sh
touch "$1"
while :; do sleep 1; done
`;
