#!/usr/bin/env bash
# One sample of this host's load, memory and disk. On Linux the only process started is df.
# Written for bash 3.2, which macOS still ships.
set -u
export LC_ALL=C   # decimal points, and df in English

answer() { printf '{"protocol":1,"status":"ok",%s}\n' "$1"; exit 0; }
fail() { printf '{"protocol":1,"status":"error","error":{"code":"%s","message":"%s"}}\n' "$1" "$2"; exit 0; }

# part/whole in percent with one decimal; bash has integers only.
percent() {
  local tenths=$(( ($1 * 2000 + $2) / ($2 * 2) ))
  printf -v "$3" '%d.%d' $((tenths / 10)) $((tenths % 10))
}

read_linux() {
  local key value line
  read -r load1 load5 load15 _ < /proc/loadavg || fail unavailable '/proc/loadavg cannot be read'
  cpus=0
  while read -r line; do
    case $line in
      'cpu '*) ;;
      cpu*) cpus=$((cpus + 1)) ;;
      *) break ;;
    esac
  done < /proc/stat
  while read -r key value _; do
    case $key in
      MemTotal:) memory_total_kib=$value ;;
      MemAvailable:) memory_free_kib=$value; break ;;
    esac
  done < /proc/meminfo
}

read_macos() {
  local line page_bytes=4096 pages=0
  read -r _ load1 load5 load15 _ < <(sysctl -n vm.loadavg)
  cpus=$(sysctl -n hw.ncpu)
  memory_total_kib=$(($(sysctl -n hw.memsize) / 1024))
  while read -r line; do
    case $line in
      *'page size of '*) line=${line##*page size of }; page_bytes=${line%% *} ;;
      'Pages free:'* | 'Pages inactive:'* | 'Pages speculative:'* | 'Pages purgeable:'*)
        line=${line##* }; pages=$((pages + ${line%.})) ;;
    esac
  done < <(vm_stat)
  memory_free_kib=$((pages * (page_bytes / 1024)))
}

read_disk() {
  local line
  while read -r line; do
    # The name of the device may hold blanks, so the columns are found by their shape.
    [[ $line =~ [[:space:]]([0-9]+)[[:space:]]+([0-9]+)[[:space:]]+(-?[0-9]+)[[:space:]]+([0-9]+%|-) ]] || continue
    disk_used_kib=${BASH_REMATCH[2]} disk_free_kib=${BASH_REMATCH[3]}
  done < <(df -Pk -- "$disk")
  ((disk_free_kib >= 0)) || disk_free_kib=0
}

# Not from /dev/stdin: standard input may be a socket, and a socket cannot be opened by name.
IFS= read -r -d '' request

# No JSON parser here. The request names the command before anything that comes from outside, so the first hit is it.
[[ $request =~ \"protocol\"[[:space:]]*:[[:space:]]*1[^0-9.] ]] || fail unsupported 'this plugin speaks protocol 1'
[[ $request =~ \"command\"[[:space:]]*:[[:space:]]*\"([a-z0-9_-]+)\" ]] || fail invalid_input 'the request names no command'
command=${BASH_REMATCH[1]}
case $command in
  poll | health) ;;
  *) fail unsupported "host_load has no command $command; it knows poll and health" ;;
esac
disk=/
[[ $request =~ \"config\"[[:space:]]*:[[:space:]]*\{([^{}]*) ]] && config=${BASH_REMATCH[1]} || config=''
if [[ $config =~ \"disk\"[[:space:]]*:[[:space:]]*(.*) ]]; then
  [[ ${BASH_REMATCH[1]} =~ ^\"(/[^\"\\]*)\" ]] || fail config_invalid 'config.disk must be an absolute path without quotes or backslashes'
  disk=${BASH_REMATCH[1]}
  [[ -e $disk ]] || fail config_invalid "config.disk: there is no $disk"
fi

memory_total_kib='' memory_free_kib='' disk_used_kib='' disk_free_kib=-1
if [[ -r /proc/loadavg ]]; then read_linux; else read_macos; fi
read_disk
[[ $memory_total_kib && $memory_free_kib ]] || fail unavailable 'the memory of this host cannot be read'
[[ $disk_used_kib ]] || fail unavailable "df says nothing about $disk"

percent $((memory_total_kib - memory_free_kib)) "$memory_total_kib" memory_used_percent
disk_size_kib=$((disk_used_kib + disk_free_kib))
percent "$disk_used_kib" $((disk_size_kib > 0 ? disk_size_kib : 1)) disk_used_percent

sample="\"load1\":$load1,\"load5\":$load5,\"load15\":$load15,\"cpus\":$cpus"
sample+=",\"memory_total_mib\":$((memory_total_kib / 1024)),\"memory_used_percent\":$memory_used_percent"
sample+=",\"disk_free_mib\":$((disk_free_kib / 1024)),\"disk_used_percent\":$disk_used_percent"

echo "load $load1 on $cpus CPUs, memory $memory_used_percent %, disk $disk_used_percent %" >&2
[[ $command == health ]] && answer "\"result\":{$sample}"
answer "\"result\":{$sample},\"events\":[{\"type\":\"host.load.sampled\",\"payload\":{$sample}}]"
