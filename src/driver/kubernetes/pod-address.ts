import { BlockList, isIP } from 'node:net'
import type { Pod } from './pod-types.ts'

/** No Pod's: what is there is the server's own machine, its neighbours on the wire, or nobody. */
const NO_PODS = new BlockList()
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  NO_PODS.addSubnet(address, prefix, 'ipv4')
for (const [address, prefix] of [
  ['::', 127],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  NO_PODS.addSubnet(address, prefix, 'ipv6')

/** Where the cluster says that a Pod is; undefined before it has said so, and where no Pod can be. */
export const podAddress = ({ status }: Pick<Pod, 'status'>): string | undefined => {
  const address = status?.podIP ?? ''
  const family = isIP(address)
  if (family === 0 || NO_PODS.check(address, family === 6 ? 'ipv6' : 'ipv4')) return undefined
  return address
}
