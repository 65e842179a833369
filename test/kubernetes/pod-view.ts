import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { kubectlIn } from './kubectl.ts'

const columns = [
  ...['uid', 'name', 'annotations.modelmart/arn', 'labels.modelmart/attempt', 'annotations.modelmart/host'].map(
    member => `.metadata.${member}`,
  ),
  '.status.phase',
  '.status.podIP',
]
// No tabs, of which a watch makes spaces.
const row = `jsonpath=${columns.map(column => `{${column}}`).join('|')}{"\\n"}`

interface SeenPod {
  readonly uid: string
  readonly name: string
  /** `ARN ATTEMPT HOST`. */
  readonly key: string
  readonly arn: string
  readonly phase: string
  readonly address: string
}

/** What the cluster itself tells of the Pods in a namespace that has no others, past the server. */
export interface PodView {
  /** All, or those of a workload. */
  pods(arn?: string): Promise<readonly SeenPod[]>
  /** How many Pods have begun for each key since the view was opened, as a watch tells. */
  readonly starts: ReadonlyMap<string, number>
  /** Whatever the Pod still waits for. */
  remove(name: string): Promise<void>
  close(): void
}

const seenPod = (line: string): SeenPod => {
  const [uid = '', name = '', arn = '', attempt = '', host = '', phase = '', address = ''] = line.split('|')
  return { uid, name, arn, phase, address, key: `${arn} ${attempt} ${host}` }
}

export function openPodView(namespace: string): PodView {
  const { kubectl } = kubectlIn(namespace)
  const pods = async (arn?: string): Promise<readonly SeenPod[]> => {
    const listed = await kubectl('get', 'pods', `--output=${row.replace('=', '={range .items[*]}')}{end}`)
    const all = listed.split('\n').filter(Boolean).map(seenPod)
    return arn === undefined ? all : all.filter(pod => pod.arn === arn)
  }
  const started = new Map<string, Set<string>>()
  const watch = spawn('kubectl', ['--namespace', namespace, 'get', 'pods', '--watch', `--output=${row}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  createInterface(watch.stdout).on('line', line => {
    const { key, uid, phase } = seenPod(line)
    if (phase !== 'Pending') started.set(key, (started.get(key) ?? new Set()).add(uid))
  })
  return {
    pods,
    get starts() {
      return new Map([...started].map(([key, uids]) => [key, uids.size]))
    },
    async remove(name) {
      await kubectl('patch', 'pod', name, '--type=merge', '--patch={"metadata":{"finalizers":null}}')
      await kubectl('delete', 'pod', name, '--grace-period=0', '--force', '--ignore-not-found')
    },
    close: () => void watch.kill(),
  }
}
