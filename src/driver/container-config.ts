import { readFileSync } from 'node:fs'
import { keyLabels, LABEL } from './container-identity.ts'
import type { ContainerSpec } from './driver.ts'
import { gpuRequest } from './gpu.ts'
import { seccompOption } from './seccomp-profile.ts'

export interface NetworkAttachment {
  /** The engine's name of the network. */
  readonly name: string
  /** Fixed when the workload has peers, so that their names can be written down before they exist. */
  readonly address?: string
  readonly peerAddresses: Readonly<Record<string, string>>
}

/** What differs from engine to engine in the description of a container. */
export interface EngineTraits {
  readonly engine: 'docker' | 'podman'
  readonly cpus: number
  /** The GPUs that the container is given. */
  readonly gpus?: readonly string[]
}

/**
 * The capabilities that root keeps inside the container, so that ordinary images work: files of other users
 * (CHOWN, DAC_OVERRIDE, FOWNER), servers that drop to a user of their own and end their workers (SETUID, SETGID, KILL),
 * ports below 1024 (NET_BIND_SERVICE), and the sshd of MPI training, which locks itself into a directory (SYS_CHROOT).
 * None of them reaches beyond the container's own namespaces. Not among them: NET_RAW, NET_ADMIN, MKNOD, SETFCAP.
 */
export const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'SETUID',
  'SETGID',
  'KILL',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
] as const

const MOST_OPEN_FILES = 65_536
const MOST_PROCESSES = 32_768

const LONGEST_HOST_NAME = 63

/**
 * The engine's copy of the output is read on while the container writes; what is beyond is dropped, the oldest first. Podman keeps one
 * file, and begins it anew.
 */
const LOG_FILES = 4
const LOG_FILE_BYTES = 256 << 20
const LOG = {
  docker: { Type: 'json-file', Config: { 'max-size': String(LOG_FILE_BYTES), 'max-file': String(LOG_FILES) } },
  podman: { Type: 'k8s-file', Config: { 'max-size': String(LOG_FILES * LOG_FILE_BYTES) } },
}

/** When memory runs out on the machine, seller code goes before anything of the host. */
const OOM_SCORE_ADJUSTMENT = 500

/** By 1024 of any other container. */
const SHARES_OF_ONE_THAT_GIVES_WAY = 256

/**
 * The body of `POST /containers/create`. Everything that keeps a container in its place is in here or in the firewall. One that joins
 * another container has its network and what that knows of names; its own name too, on Docker, which takes no other.
 */
export const containerConfig = (installation: string, spec: ContainerSpec, network: Network, traits: EngineTraits) => ({
  Image: spec.image,
  // The kernel takes no more.
  ...((!joins(network) || traits.engine === 'podman') && { Hostname: spec.key.host.slice(0, LONGEST_HOST_NAME) }),
  Entrypoint: spec.entrypoint,
  Cmd: spec.command,
  Env: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
  Labels: {
    ...keyLabels(installation, spec.key),
    ...(spec.limits.diskBytes !== undefined && { [LABEL.disk]: String(spec.limits.diskBytes) }),
    ...(traits.gpus && { [LABEL.gpus]: traits.gpus.join(','), [LABEL.instance]: spec.instance ?? spec.key.host }),
  },
  StopSignal: 'SIGTERM',
  // The platform decides what is healthy, from outside.
  Healthcheck: { Test: ['NONE'] },
  Tty: false,
  OpenStdin: false,
  HostConfig: {
    ...isolation(spec, network, traits),
    ...limits(spec, traits),
    Mounts: spec.mounts.map(mount => ({
      Type: 'bind',
      Source: mount.source,
      Target: mount.target,
      ReadOnly: mount.readOnly,
    })),
    RestartPolicy: { Name: 'no' },
    Init: false,
    LogConfig: LOG[traits.engine],
    ...(traits.engine === 'podman' && { Runtime: 'runc' }),
  },
  NetworkingConfig: {
    EndpointsConfig:
      network && !joins(network)
        ? { [network.name]: { IPAMConfig: network.address ? { IPv4Address: network.address } : undefined } }
        : {},
  },
})

type Network = NetworkAttachment | { readonly joins: string } | undefined

const joins = (network: Network): network is { readonly joins: string } => network !== undefined && 'joins' in network

const isolation = (spec: ContainerSpec, network: Network, { engine }: EngineTraits) => ({
  ...networking(spec, network),
  CapDrop: ['ALL'],
  CapAdd: CAPABILITIES,
  SecurityOpt: ['no-new-privileges', seccompOption(engine)],
  Privileged: false,
  IpcMode: 'private',
  CgroupnsMode: 'private',
})

const networking = (spec: ContainerSpec, network: Network) =>
  joins(network) ? { NetworkMode: `container:${network.joins}` } : ownNetworking(spec, network)

const ownNetworking = (spec: ContainerSpec, network: NetworkAttachment | undefined) => ({
  NetworkMode: network?.name ?? 'none',
  // Docker's resolver at 127.0.0.11 asks the servers named here from within the container's own network, and a
  // loopback address named here is the container's own, where nobody listens. Without it, a host whose
  // resolver is on 127.0.0.x is asked from the host's side, past every firewall (CVE-2024-29018).
  ...(network && { Dns: ['127.0.0.1'], DnsSearch: ['.'], DnsOptions: ['timeout:1', 'attempts:1'] }),
  ExtraHosts: network
    ? Object.entries(network.peerAddresses).map(([name, address]) => `${name}:${address}`)
    : [`${spec.key.host}:127.0.0.1`],
})

const limits = ({ limits, givesWay }: ContainerSpec, traits: EngineTraits) => ({
  Memory: limits.memoryBytes,
  MemorySwap: limits.memoryBytes,
  // Docker refuses more than the machine has, and an upper bound above that bounds nothing.
  NanoCpus: Math.round(Math.min(limits.cpus, traits.cpus) * 1e9),
  ...(givesWay && { CpuShares: SHARES_OF_ONE_THAT_GIVES_WAY }),
  ShmSize: limits.sharedMemoryBytes,
  PidsLimit: limits.pids,
  OomScoreAdj: OOM_SCORE_ADJUSTMENT,
  Ulimits: [ulimit('nofile', 'Max open files', MOST_OPEN_FILES), ulimit('nproc', 'Max processes', MOST_PROCESSES)],
  ...(traits.gpus && { DeviceRequests: [gpuRequest(traits.engine, traits.gpus)] }),
})

/** Podman asks for more than its own limits allow unless told, and then cannot start anything. */
const ulimit = (name: string, kernelName: string, most: number) => {
  const hard = readFileSync('/proc/self/limits', 'utf8').match(new RegExp(`^${kernelName}\\s+\\S+\\s+(\\d+)`, 'm'))
  const value = Math.min(most, hard ? Number(hard[1]) : most)
  return { Name: name, Soft: value, Hard: value }
}
