/** What the init calls itself in messages, so that they can be told from a program's. */
export const INIT_NAME = 'ductile-init';

/**
 * The first process of a PID namespace, for bash 5: starts its arguments as a child in a process group of its own, passes
 * TERM on to that group, reaps what is orphaned, and ends when the child does; the kernel then ends everything else in
 * the namespace. What it tells goes to descriptor 3, which the child does not have.
 *
 * The namespace's first process gets no signal it does not handle, and a program that were it would ignore TERM. Job
 * control is on because only its notices (`Exit 137`, `Killed`), which bash writes to its stderr, tell an exit code from
 * a signal of that number; it also makes `wait` return when the child is merely stopped. `wait -f` would not, but never
 * returns when the child was reaped before it. `exec` in the child, and a SHLVL that
 * cannot be exported, keep bash from adding variables of its own.
 */
export const NAMESPACE_INIT = `
exec 4>&2 2>&3
forward() {
  again=1 asked=1
  [[ -z $child ]] || { kill -TERM -- "-$child"; kill -CONT -- "-$child"; } 2>/dev/null
}
trap forward TERM
unset PWD OLDPWD SHLVL
declare -A SHLVL
set -m
{ exec "$@" 2>&4 3>&- 4>&-; } <&0 &
child=$!
LC_ALL=C
exec </dev/null >/dev/null 4>&-
echo started >&3
[[ -z $asked ]] || forward
while again=; wait "$child"; status=$?; [[ $again ]] || kill -0 "$child" 2>/dev/null; do
  [[ $again ]] || sleep 0.1
done
echo "status $status" >&3
`;
