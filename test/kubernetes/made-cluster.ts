import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, chmod, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryImage } from '../../src/driver/memory-image.ts'
import { found } from './cluster-api.ts'
import { importImage } from './import-image.ts'
import { makeCgroups } from './node-cgroups.ts'
import { type MadeNode, pauseImage, placesOf, writeNodeFiles } from './node-files.ts'
import { freeAddresses, joinNetworks } from './node-network.ts'
import { cgroupOf, makePlace, removePlace, removeRemains } from './node-remains.ts'

const script = new URL('cluster/node.sh', import.meta.url).pathname

/** What `ensureKubernetes` made. */
export interface Programs {
  /** Folders for a PATH. */
  readonly programs: readonly string[]
  /** CNI's. */
  readonly plugins: string
}

export interface MadeCluster {
  readonly node: MadeNode
  /** Ends it; nothing is left of it on this machine. */
  close(): Promise<void>
}

/** A cluster of one node, which takes Pods when this resolves, and ends with this process, whatever ends that. */
export async function makeCluster({ programs, plugins }: Programs): Promise<MadeCluster> {
  await removeRemains()
  const place = await makePlace()
  // For user namespaces of Pods to go through.
  await chmod(place, 0o711)
  const cgroup = cgroupOf(place)
  const addresses = await freeAddresses()
  const token = randomBytes(24).toString('hex')
  await writeNodeFiles({ place, token, addresses, cgroup, plugins })
  await makeCgroups(cgroup)
  const parts = { place, addresses, programs: programs.join(delimiter) }
  const child = startNode(parts)
  const close = async () => {
    const ended = child.exitCode === null && child.signalCode === null && once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    await removePlace(place)
  }
  try {
    const node = { ...parts, process: await firstProcess(child) }
    await takesPods(node, child, token)
    return { node, close }
  } catch (error) {
    const told = await readFile(join(placesOf(place).logs, 'kube-apiserver'), 'utf8').catch(() => '')
    await close()
    throw new Error(`There is no cluster: ${error}\n${told.slice(-2000)}`)
  }
}

const startNode = ({ place, addresses, programs }: Omit<MadeNode, 'process'>): ChildProcess => {
  const { node, machine, service } = addresses
  const namespaces = ['--mount', '--net', '--pid', '--ipc', '--fork', '--kill-child']
  return spawn('unshare', [...namespaces, 'sh', script], {
    env: {
      PATH: programs + delimiter + process.env.PATH,
      PLACE: place,
      NODE: node,
      GATEWAY: machine,
      SERVICE: service,
    },
    stdio: ['pipe', 'ignore', 'inherit'],
  })
}

const firstProcess = async ({ pid }: ChildProcess): Promise<number> => {
  for (let tries = 0; tries < 200; tries++) {
    const [first] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
    if (first) return Number(first)
    await sleep(50)
  }
  throw new Error('it has no first process')
}

/** Takes a node through the steps at which its script waits. */
const takesPods = async (node: MadeNode, child: ChildProcess, token: string): Promise<void> => {
  const { place, addresses, programs } = node
  const api = { server: `https://${addresses.node}`, token, authority: placesOf(place).authority }
  const until = async (what: string, holds: () => Promise<unknown>) => {
    for (let tries = 0; !(await holds()); tries++) {
      if (child.exitCode !== null || tries === 1200) throw new Error(`never came to this: ${what}`)
      await sleep(50)
    }
  }
  await joinNetworks(addresses, node.process)
  child.stdin?.write('\n')
  const busybox = await readFile(await programIn(programs, 'busybox'))
  await until('the API is ready', () => found(api, '/api/v1/namespaces/default'))
  child.stdin?.write('\n')
  await importImage(node, pauseImage, await memoryImage({ busybox }, { Entrypoint: ['/busybox', 'sleep', 'infinity'] }))
  await until('the node is ready', async () => isReady(await found<NodeObject>(api, '/api/v1/nodes/node')))
  await until('Pods have an account', () => found(api, '/api/v1/namespaces/default/serviceaccounts/default'))
}

interface NodeObject {
  readonly spec: { readonly taints?: readonly object[] }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

const isReady = (node: NodeObject | undefined): boolean =>
  node?.spec.taints === undefined &&
  node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true

/** The path of a program of a node's. */
export const programIn = async (path: string, name: string): Promise<string> => {
  for (const folder of path.split(delimiter)) {
    const there = await access(join(folder, name)).then(
      () => true,
      () => false,
    )
    if (there) return join(folder, name)
  }
  throw new Error(`${name} is nowhere on ${path}`)
}
