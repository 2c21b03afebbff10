/** The manifest of `work`, the plugin of most campaigns. */
export const WORK_MANIFEST = `name: work
protocol: 1
entrypoint: run.sh
commands: [poll, handle]
config_keys: { required: [effects], optional: [emits, takes, takes_first, strays, fails_first] }
`;

/**
 * A plugin in plain sh, because thousands of them run. Its log of effects has one line per step:
 * `<job> <attempt> begin <pid> <pid of its gateway>`, `<job> <attempt> end`, and `<job> <attempt> met <pid>` when a
 * process of the job's attempt before is still there. In the instance's state it counts its answers and names the last.
 *
 * `takes` and `takes_first` are seconds, the latter those of a first attempt; with `strays` an attempt leaves a child in
 * a session of its own; a first attempt answers with the error code in `fails_first` and leaves no end.
 */
export const WORK_PROGRAM = `#!/bin/sh
read -r request
after() { case $request in *"$1"*) rest=\${request#*"$1"} ;; *) rest= ;; esac; }
after '"job_id":"'; job=\${rest%%\\"*}
after '"attempt":'; attempt=\${rest%%[!0-9]*}
after '"effects":"'; effects=\${rest%%\\"*}
after '"emits":"'; emits=\${rest%%\\"*}
after '"takes":'; takes=\${rest%%[!0-9.]*}
after '"takes_first":'; first=\${rest%%[!0-9.]*}
after '"fails_first":"'; fails=\${rest%%\\"*}
after '"count":'; count=\${rest%%[!0-9]*}
after '"strays":true'; strays=$rest
tell() { echo "$job $attempt $*" >> "$effects"; }
if [ "$attempt" -gt 1 ]; then
  for environ in $(grep -lzx "DUCTILE_ATTEMPT=$job.$((attempt - 1))" /proc/[0-9]*/environ 2>/dev/null); do
    tell met "$environ"
  done
fi
tell begin $$ $PPID
if [ -n "$strays" ]; then setsid sleep 600 </dev/null >/dev/null 2>&1 & fi
if [ "$attempt" = 1 ] && [ -n "$first" ]; then takes=$first; fi
[ -n "$takes" ] && sleep "$takes"
if [ "$attempt" = 1 ] && [ -n "$fails" ]; then
  echo '{"protocol":1,"status":"error","error":{"code":"'$fails'","message":"the first attempt fails"}}'
  exit
fi
tell end
[ -n "$emits" ] && events='{"type":"'$emits'","payload":{"of":"'$job'"}}'
echo '{"protocol":1,"status":"ok","state_updates":{"count":'$((\${count:-0} + 1))',"last":"'$job.$attempt'"},"events":['"$events"']}'
`;
