import { podAddress } from './pod-address.ts'
import { podName } from './pod-name.ts'
import type { PodNotes } from './pod-notes.ts'
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
  { key, peers = [] }: PodNotes,
  podNamed: (name: string) => Promise<Pod | undefined>,
): Promise<PodPeers> => {
  const others = [...new Set(peers)].filter(host => host !== key.host)
  const found = await Promise.all(
    others.map(async host => ({ host, pod: await podNamed(podName(installation, { ...key, host })) })),
  )
  const placed = found.flatMap(({ host, pod }) => {
    const address = pod && podAddress(pod)
    return address ? [{ host, pod, address }] : []
  })
  return {
    addresses: new Map(placed.map(({ host, address }) => [host, address])),
    admitted: placed.flatMap(({ pod, address }) => (hasEnded(pod) ? [] : [address])),
    complete: placed.length === others.length,
  }
}

/** What a Pod's program reads in /etc/hosts. No other name leads anywhere. */
export const hostsFile = ({ key, network }: PodNotes, pod: Pod, { addresses }: PodPeers): string => {
  const own = network === 'internal' ? podAddress(pod) : '127.0.0.1'
  const lines = [['localhost', '127.0.0.1'], [key.host, own], ...addresses]
  return lines.map(([name, address]) => `${address} ${name}\n`).join('')
}
