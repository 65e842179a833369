import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { clock } from '../ground/clock.ts'
import { isPublicAddress } from './public-address.ts'

/** Which addresses may be asked for tenants. */
export interface AddressRules {
  /** Why an address may not be asked at a port; undefined when it may. */
  problem(address: string, port: number): string | undefined
}

export interface AddressOptions {
  /** Networks that the operator allows although they are not public: `10.0.0.0/8`, `127.0.0.1`. */
  readonly allowed: readonly string[]
  /** The platform's own ports, which are never asked at an address of this machine. */
  readonly ownPorts: readonly number[]
}

const familyOf = (address: string): 'ipv4' | 'ipv6' | undefined =>
  ({ 4: 'ipv4' as const, 6: 'ipv6' as const })[isIP(address)]

/** Throws an Error that names what is no network. */
export function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', bits, ...more] = network.split('/')
    const family = familyOf(address)
    const most = family === 'ipv4' ? 32 : 128
    const prefix = bits === undefined ? most : Number(bits)
    if (!family || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)) || prefix > most)
      throw new Error(`${network} is no network: an address, or an address and the length of its prefix (10.0.0.0/8)`)
    list.addSubnet(address, prefix, family)
  }
  return list
}

/** An interface may come and go; the system is not asked about it for each request. */
const knownMs = 1000

/** Addresses of this machine, as they are now or were a moment ago. */
function ownAddresses() {
  let known = readAddresses()
  let read = clock.elapsed()
  return (): BlockList => {
    const now = clock.elapsed()
    if (now - read >= knownMs) {
      known = readAddresses()
      read = now
    }
    return known
  }
}

function readAddresses(): BlockList {
  const own = parseNetworks(['127.0.0.0/8', '0.0.0.0/8', '::1', '::'])
  for (const { address } of Object.values(networkInterfaces()).flatMap(one => one ?? [])) {
    const family = familyOf(address)
    if (family) own.addAddress(address, family)
  }
  return own
}

/** Public addresses that are not this machine's may be asked, others where the operator says so; the platform itself never. */
export function createAddressRules({ allowed, ownPorts }: AddressOptions): AddressRules {
  const networks = parseNetworks(allowed)
  const own = ownAddresses()
  return {
    problem(address, port) {
      const family = familyOf(address)
      if (!family) return `${address} is no address`
      const isOwn = own().check(address, family)
      if (isOwn && ownPorts.includes(port)) return `${address}:${port} is this platform itself`
      if (networks.check(address, family)) return undefined
      if (isOwn)
        return `${address} is an address of this machine, and the operator has not allowed it (--allow-outgoing)`
      if (isPublicAddress(address)) return undefined
      return `${address} is not a public address, and the operator has not allowed it (--allow-outgoing)`
    },
  }
}
