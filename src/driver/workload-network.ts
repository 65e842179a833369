import { readFileSync } from 'node:fs'
import { runCommand } from '../ground/command.ts'
import type { EngineTraits, NetworkAttachment } from './container-config.ts'
import { LABEL, labelFilter, namePart, shortHash } from './container-identity.ts'
import type { ContainerSpec } from './driver.ts'
import { type EngineClient, EngineError } from './engine-client.ts'
import { at } from './engine-path.ts'
import { BRIDGE_PREFIX, ensureFirewall } from './firewall.ts'

interface InspectedNetwork {
  readonly Name: string
  readonly Labels: Readonly<Record<string, string>> | null
  readonly IPAM: { readonly Config: readonly { readonly Subnet: string }[] | null }
}

/**
 * Subnets come from the range set aside for benchmarks (RFC 2544), which no network routes, cut into 512 of 126 hosts
 * for each engine: the engines' own ranges hold some thirty networks, and collide with offices and clouds.
 */
const SECOND_OCTET = { docker: 18, podman: 19 } as const
const SUBNETS = 512
const SUBNET_HOSTS = 126
/** The first address of a subnet is the host's. */
const FIRST_CONTAINER = 2

/** The network interface of this machine that stands for a network; the kernel takes 15 characters. */
export const bridgeName = (network: string): string => BRIDGE_PREFIX + shortHash(network, 10)

/** Internal networks of one installation: made on demand, one bridge each, closed by the firewall. */
export const createWorkloadNetworks = (client: EngineClient, installation: string, engine: EngineTraits['engine']) => {
  const pending = new Map<string, Promise<string>>()
  const prefix = `modelmart-${installation}-`
  const engineName = (name: string) => prefix + shortHash(name, 20)

  const subnetOf = async (network: string): Promise<string | undefined> => {
    const { status, body } = await client.call<InspectedNetwork>('GET', at`/networks/${network}`, { accept: [404] })
    if (status === 404) return undefined
    if (body.Labels?.[LABEL.installation] !== installation)
      throw new Error(
        `The network ${network} exists, and this installation did not make it. Remove it, then try again.`,
      )
    return body.IPAM.Config?.[0]?.Subnet
  }

  const create = async (network: string, arn: string): Promise<string> => {
    const labels = { [LABEL.installation]: installation, [LABEL.arn]: arn }
    const first = Number.parseInt(shortHash(network, 6), 16) % SUBNETS
    let bridge = bridgeName(network)
    for (let i = 0; i < SUBNETS; i += 1) {
      const subnet = subnetAt(SECOND_OCTET[engine], (first + i) % SUBNETS)
      if (usedByHost(subnet)) continue
      try {
        await CREATE[engine](client, { network, bridge, subnet, labels })
        return subnet
      } catch (error) {
        const made = await subnetOf(network)
        if (made) return made
        if (
          !(
            error instanceof EngineError &&
            /overlap|already used|already being used|same bridge name/i.test(error.reason)
          )
        )
          throw error
        // Docker, killed while it made the network, keeps the name of the bridge for ever and knows nothing of the network.
        if (/same bridge name/i.test(error.reason)) bridge = bridgeName(`${network} ${i}`)
      }
    }
    throw new Error(`No free subnet for ${network}: all ${SUBNETS} of 198.${SECOND_OCTET[engine]}.0.0/16 are taken`)
  }

  const ensure = async (network: string, arn: string): Promise<string> => {
    const running = pending.get(network)
    if (running) return running
    const subnet = subnetOf(network).then(found => found ?? create(network, arn))
    pending.set(network, subnet)
    return subnet.finally(() => pending.delete(network))
  }

  return {
    /** Makes the network when absent, closes it, and says how the container of this specification is attached to it. */
    attach: async (spec: ContainerSpec): Promise<NetworkAttachment | undefined> => {
      if (spec.network.kind === 'none') return undefined
      const name = engineName(spec.network.name)
      // First: where the network cannot be closed, none is made that nobody would remove.
      await ensureFirewall()
      const subnet = await ensure(name, spec.key.arn)
      if (engine === 'podman') await addressBridge(bridgeName(name), subnet)
      return { name, ...peerAddresses(spec, subnet) }
    },

    /** The engine's names of the networks that the containers of a workload were the first to ask for. */
    madeFor: async (arn: string): Promise<string[]> => {
      const filters = JSON.stringify({ label: labelFilter(installation, arn) })
      const { body } = await client.call<InspectedNetwork[]>('GET', at`/networks`, { query: { filters } })
      return body.map(({ Name }) => Name)
    },

    /** ARNs of the workloads that networks were made for. */
    owners: async (): Promise<string[]> => {
      const filters = JSON.stringify({ label: labelFilter(installation) })
      const { body } = await client.call<InspectedNetwork[]>('GET', at`/networks`, { query: { filters } })
      return body.flatMap(({ Labels }) => Labels?.[LABEL.arn] ?? [])
    },

    /** Removes those that are this installation's, except where somebody is still on: the last to go takes the network along. */
    remove: async (networks: Iterable<string>): Promise<void> => {
      for (const network of networks) {
        if (!network.startsWith(prefix)) continue
        const removed = await removeNetwork(client, network)
        if (removed && engine === 'podman') await ip(['link', 'delete', bridgeName(network)]).catch(() => undefined)
      }
    },
  }
}

interface NewNetwork {
  readonly network: string
  readonly bridge: string
  readonly subnet: string
  readonly labels: Readonly<Record<string, string>>
}

/** Podman's Docker API cannot switch its name server off; its own can. */
const CREATE: Record<EngineTraits['engine'], (client: EngineClient, network: NewNetwork) => Promise<unknown>> = {
  docker: (client, { network, bridge, subnet, labels }) =>
    client.call('POST', at`/networks/create`, {
      body: {
        Name: network,
        CheckDuplicate: true,
        Driver: 'bridge',
        Internal: true,
        EnableIPv6: false,
        Options: { 'com.docker.network.bridge.name': bridge },
        IPAM: { Config: [{ Subnet: subnet, Gateway: hostAddress(subnet) }] },
        Labels: labels,
      },
    }),
  podman: (client, { network, bridge, subnet, labels }) =>
    client.call('POST', at`/v4.0.0/libpod/networks/create`, {
      body: {
        name: network,
        driver: 'bridge',
        network_interface: bridge,
        internal: true,
        dns_enabled: false,
        ipv6_enabled: false,
        subnets: [{ subnet, gateway: hostAddress(subnet) }],
        labels,
      },
    }),
}

const removeNetwork = async (client: EngineClient, network: string): Promise<boolean> => {
  try {
    await client.call('DELETE', at`/networks/${network}`, { accept: [404] })
    return true
  } catch (error) {
    if (error instanceof EngineError && /active endpoints|being used/i.test(error.reason)) return false
    throw error
  }
}

/** Podman gives the bridge of an internal network no address, and without one the host cannot reach the containers. */
const addressBridge = async (bridge: string, subnet: string): Promise<void> => {
  await ip(['link', 'add', bridge, 'type', 'bridge']).catch(error => {
    if (!/File exists/.test(String(error))) throw error
  })
  await ip(['address', 'replace', `${hostAddress(subnet)}/25`, 'dev', bridge])
  await ip(['link', 'set', bridge, 'up'])
}

const ip = (args: readonly string[]) => runCommand('ip', args)

const subnetAt = (secondOctet: number, index: number): string =>
  `198.${secondOctet}.${Math.floor(index / 2)}.${(index % 2) * 128}/25`

const addressAt = (subnet: string, offset: number): string => {
  const octets = subnet.replace(/\/.*/, '').split('.').map(Number)
  return [...octets.slice(0, 3), (octets[3] as number) + offset].join('.')
}

const hostAddress = (subnet: string): string => addressAt(subnet, 1)

/**
 * Whether this machine has a route into the subnet. The bridge of another engine, or one that a killed engine has left, is no
 * interface that Node tells of while no container is on it, and its route would catch ours.
 */
const usedByHost = (subnet: string): boolean => {
  const { address: wanted, prefix } = numeric(subnet)
  return routes().some(route => {
    const size = 2 ** (32 - Math.min(prefix, route.prefix))
    return Math.floor(wanted / size) === Math.floor(route.address / size)
  })
}

/** All but the default route. The kernel prints numbers of the network's byte order as this machine reads them. */
const routes = () =>
  readFileSync('/proc/net/route', 'utf8')
    .split('\n')
    .slice(1)
    .map(line => line.split('\t'))
    .filter(([, , , , , , , mask]) => mask !== undefined && mask !== '00000000')
    .map(([, destination = '', , , , , , mask = '']) => ({
      address: fromHex(destination),
      prefix: 32 - Math.log2(2 ** 32 - fromHex(mask)),
    }))

const fromHex = (text: string): number => Buffer.from(text, 'hex').readUInt32LE()

const numeric = (cidr: string) => {
  const [address = '', prefix] = cidr.split('/')
  return { address: address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0), prefix: Number(prefix) }
}

/**
 * Every member of a workload names the same set of hosts, so their order gives each the same address in all hosts files,
 * before any of them exists.
 */
const peerAddresses = ({ key, peers = [] }: ContainerSpec, subnet: string) => {
  if (peers.length === 0) return { peerAddresses: {} }
  const names = [...new Set([key.host, ...peers])].sort()
  if (names.length > SUBNET_HOSTS - 1) throw new Error(`${names.length} hosts in one network; ${SUBNET_HOSTS - 1} fit`)
  const addresses = Object.fromEntries(
    names.map((name, index) => [namePart(name, 'peer'), addressAt(subnet, FIRST_CONTAINER + index)]),
  )
  const { [key.host]: address, ...others } = addresses
  return { address, peerAddresses: others }
}
