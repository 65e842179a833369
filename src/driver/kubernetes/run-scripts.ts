import { RUN_DIRECTORY } from './agent-wire.ts'

const d = RUN_DIRECTORY

/** Of the API server, which no program of a seller needs to know of. */
const KUBERNETES = [
  ...['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_HTTPS', 'PORT', 'PORT_443_TCP'],
  ...['PORT_443_TCP_ADDR', 'PORT_443_TCP_PORT', 'PORT_443_TCP_PROTO'],
].map(name => `KUBERNETES_${name}`)

/**
 * What begins a program, in its own container, by a busybox of ours: the program's output goes into pipes that the agent reads, and
 * somebody stands by whom the agent tells to end it. A pipe that is opened to be read and written never breaks when the agent
 * is started anew. The program runs in the foreground: what runs in a shell's background ignores SIGINT.
 */
export const RUN_SCRIPTS = {
  run: `unset ${KUBERNETES.join(' ')}
${d}/busybox sh ${d}/stand-by </dev/null >/dev/null 2>&1 &
${d}/busybox sh ${d}/begin "$@" </dev/null 1<>${d}/stdout 2<>${d}/stderr
exit $?
`,
  begin: `trap 'echo "unstarted $?" 1<>${d}/answer' EXIT
echo "PID $$" 1<>${d}/control
exec "$@"
`,
  'stand-by': `while read -r word number; do case $word in
PID)
  child=$number
  while [ "$(${d}/busybox readlink /proc/$child/exe)" = ${d}/busybox ]; do ${d}/busybox usleep 2000; done
  [ -d /proc/$child ] && echo begun 1<>${d}/answer ;;
TERM) kill -TERM $child ;;
KILL) kill -KILL -1 ;;
PEAK)
  for file in memory.peak memory/memory.max_usage_in_bytes; do
    [ -r /sys/fs/cgroup/$file ] && read -r peak </sys/fs/cgroup/$file && echo "peak $peak" 1<>${d}/answer && break
  done ;;
esac; done 0<>${d}/control
`,
} as const

/** Pipes between the two containers. */
export const RUN_PIPES = ['stdout', 'stderr', 'control', 'answer'] as const
