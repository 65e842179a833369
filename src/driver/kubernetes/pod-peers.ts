import { POD_NOTE, podKey, podName } from './pod-name.ts'
import { hasEnded } from './pod-state.ts'
import type { Pod } from './pod-types.ts'

/** The other hosts of a job. */
export interface PodPeers {
  /** By name, of those that have one. */
  readonly addresses: ReadonlyMap<string, string>
  /** Of these, those whose program has not ended: what comes after it at its address may be anybody's. */
  readonly admitted: readonly string[]
  /** Whether all have an address. */
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
    others.map(async host => ({ host, pod: key && (await podNamed(podName(installation, { ...key, host }))) })),
  )
  const placed = found.flatMap(({ host, pod }) =>
    pod?.status?.podIP ? [{ host, pod, address: pod.status.podIP }] : [],
  )
  return {
    addresses: new Map(placed.map(({ host, address }) => [host, address])),
    admitted: placed.flatMap(({ pod, address }) => (hasEnded(pod) ? [] : [address])),
    complete: placed.length === others.length,
  }
}

/** What a Pod's program reads in /etc/hosts. No other name leads anywhere. */
export const hostsFile = (installation: string, pod: Pod, { addresses }: PodPeers): string => {
  const { host = '' } = podKey(installation, pod) ?? {}
  const isConnected = pod.metadata.annotations?.[POD_NOTE.network] === 'internal'
  const lines = [['localhost', '127.0.0.1'], [host, isConnected ? pod.status?.podIP : '127.0.0.1'], ...addresses]
  return lines.map(([name, address]) => `${address} ${name}\n`).join('')
}
