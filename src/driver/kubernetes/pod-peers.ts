import { POD_NOTE, podKey, podName } from './pod-name.ts'
import type { Pod } from './pod-types.ts'

/** The other hosts of a job: the addresses of those that have one, and whether all have. */
export interface PodPeers {
  readonly addresses: ReadonlyMap<string, string>
  readonly complete: boolean
}

export const peersOf = async (
  installation: string,
  pod: Pod,
  podNamed: (name: string) => Promise<Pod | undefined>,
): Promise<PodPeers> => {
  const key = podKey(installation, pod)
  const named = JSON.parse(pod.metadata.annotations?.[POD_NOTE.peers] ?? '[]') as string[]
  const others = key ? [...new Set(named)].filter(host => host !== key.host) : []
  const found = await Promise.all(
    others.map(async host => {
      const address = key && (await podNamed(podName(installation, { ...key, host })))?.status?.podIP
      return address ? [[host, address] as const] : []
    }),
  )
  const addresses = new Map(found.flat())
  return { addresses, complete: addresses.size === others.length }
}

/** What a Pod's program reads in /etc/hosts. No other name leads anywhere. */
export const hostsFile = (installation: string, pod: Pod, { addresses }: PodPeers): string => {
  const { host = '' } = podKey(installation, pod) ?? {}
  const isConnected = pod.metadata.annotations?.[POD_NOTE.network] === 'internal'
  const lines = [['localhost', '127.0.0.1'], [host, isConnected ? pod.status?.podIP : '127.0.0.1'], ...addresses]
  return lines.map(([name, address]) => `${address} ${name}\n`).join('')
}
