import { BlockList, isIP } from 'node:net'

/** Networks that are not the public internet: IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates). */
const special = new BlockList()
for (const [network, prefix] of [
  ...[['0.0.0.0', 8] as const, ['10.0.0.0', 8] as const, ['100.64.0.0', 10] as const, ['127.0.0.0', 8] as const],
  ...[['169.254.0.0', 16] as const, ['172.16.0.0', 12] as const, ['192.0.0.0', 24] as const],
  ...[['192.0.2.0', 24] as const, ['192.88.99.0', 24] as const, ['192.168.0.0', 16] as const],
  ...[['198.18.0.0', 15] as const, ['198.51.100.0', 24] as const, ['203.0.113.0', 24] as const],
  ...[['224.0.0.0', 4] as const, ['240.0.0.0', 4] as const],
] as const)
  special.addSubnet(network, prefix, 'ipv4')

/** Of IPv6 only 2000::/3 is given out; what stands in it for something else is left out too: documentation, Teredo, 6to4. */
const global6 = new BlockList()
global6.addSubnet('2000::', 3, 'ipv6')
const special6 = new BlockList()
for (const [network, prefix] of [['2001::', 23] as const, ['2001:db8::', 32] as const, ['2002::', 16] as const])
  special6.addSubnet(network, prefix, 'ipv6')
special6.addSubnet('3fff::', 20, 'ipv6')

/** Whether an address is one of the public internet, so that to ask it reaches nothing that only this machine can. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address)
  if (version === 4) return !special.check(address, 'ipv4')
  return version === 6 && global6.check(address, 'ipv6') && !special6.check(address, 'ipv6')
}
