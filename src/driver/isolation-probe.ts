import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DOOR } from './door-listener.ts'
import type { ContainerSpec, Driver, IsolationReport, Mount, Network } from './driver.ts'
import { HOST_NODE, hostNodeMounts } from './host-node.ts'
import type { Attempt, AttemptResult } from './isolation-attempts.ts'
import { CLOSED_ANSWERS, CLOSED_CALLS, callProgram, callResults } from './kernel-calls.ts'
import { memoryImage } from './memory-image.ts'
import { shownToEngine } from './shown-file.ts'

const MEBIBYTE = 1 << 20
const CONTAINER_PORT = 8080
const PATIENCE_MS = 30_000
/** For an hour: an engine that is away longer is the operator's. */
const REMOVAL_MS = 2_000
const REMOVALS = 1_800
/** The program of kernel calls, in the probe's image. */
const CALLS = 'bin/calls'

/** Addresses that answer on the internet or in a cloud; only the opening of a connection is tried. */
const OUTSIDE: readonly Attempt[] = [
  { protocol: 'tcp', host: '1.1.1.1', port: 443, what: 'the internet' },
  { protocol: 'tcp', host: '2606:4700:4700::1111', port: 443, what: 'the internet over IPv6' },
  { protocol: 'dns', host: '1.1.1.1', port: 53, what: 'a public name server' },
  { protocol: 'tcp', host: '169.254.169.254', port: 80, what: 'the cloud metadata address' },
  { protocol: 'tcp', host: '169.254.170.2', port: 80, what: 'the cloud credentials address' },
  { protocol: 'dns', host: '127.0.0.11', port: 53, what: "the engine's resolver, asked for an outside name" },
]

/** What listens on a container's own loopback, if anything does, is no neighbour's and no host's. */
const OWN_LOOPBACK: readonly Attempt[] = ['127.0.0.1', '::1'].flatMap(host =>
  [22, 53, 80, 443, 2375, 8600].map(port => ({ protocol: 'tcp', host, port, what: "another's loopback" }) as const),
)
const THE_DOOR: Attempt = { protocol: 'tcp', ...DOOR, what: "the platform's door" }

/** Listeners of this process that answer anybody, so that an attempt to reach the host fails only if it is kept out. */
export interface HostListeners {
  /** One attempt for each address of this machine, over TCP and UDP. */
  attempts(): Attempt[]
  close(): void
}

export const openHostListeners = async (): Promise<HostListeners> => {
  const tcp = createServer(socket => socket.destroy()).listen(0, '::')
  const udp = createSocket('udp6')
  udp.on('message', (question, { address, port }) => udp.send(question, port, address))
  udp.bind(0)
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')])
  return {
    attempts: () => hostAddresses().flatMap(host => hostAttempts(host, tcp, udp)),
    close: () => {
      tcp.close()
      udp.close()
    },
  }
}

const hostAttempts = (host: string, tcp: Server, udp: DatagramSocket): Attempt[] => [
  { protocol: 'tcp', host, port: (tcp.address() as AddressInfo).port, what: 'this host over TCP' },
  { protocol: 'dns', host, port: udp.address().port, what: 'this host over UDP' },
]

/** Every address that this machine has towards the outside and towards bridges, such as the gateway of each network. */
const hostAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ internal }) => !internal)
    // A link-local address means something on one link only: the one that the container calls eth0.
    .map(({ address }) => (address.startsWith('fe80:') ? `${address}%eth0` : address))

const resolverAttempts = (): Attempt[] =>
  [...readFileSync('/etc/resolv.conf', 'utf8').matchAll(/^nameserver\s+(\S+)/gm)].map(([, host = '']) => ({
    protocol: 'dns',
    host,
    port: 53,
    what: "this host's name server",
  }))

const EXTENSION = extname(fileURLToPath(import.meta.url))
const SCRIPT = `/host-node/isolation-attempts.m${EXTENSION.slice(1)}`

/** What a probe runs: Node and the script. `shown` as for `shownToEngine`. */
export const probeFiles = async (shown?: string): Promise<readonly Mount[]> => {
  const script = fileURLToPath(new URL(`./isolation-attempts${EXTENSION}`, import.meta.url))
  const source = await shownToEngine(script, shown)
  return [...(await hostNodeMounts(shown)), { source, target: SCRIPT, readOnly: true }]
}

/** A container that makes the attempts, described as seller code would be; on an internal network it waits for the host as well. */
export const probeSpec = async (
  driver: Driver,
  arn: string,
  network: Network,
  attempts: readonly Attempt[],
  mounts: readonly Mount[],
  door?: string,
): Promise<ContainerSpec> => {
  return {
    key: { arn, attempt: 1, host: 'algo-1' },
    image: await driver.ensureImage(await memoryImage({ [CALLS]: callProgram(CLOSED_CALLS) })),
    entrypoint: [HOST_NODE, SCRIPT],
    environment: {
      CALLS: `/${CALLS}`,
      ATTEMPTS: JSON.stringify([...OUTSIDE, ...resolverAttempts(), ...OWN_LOOPBACK, THE_DOOR, ...attempts]),
      ...(network.kind === 'internal' && { LISTEN: String(CONTAINER_PORT) }),
    },
    mounts,
    network,
    ...(door !== undefined && { door }),
    limits: { cpus: 1, memoryBytes: 256 * MEBIBYTE, sharedMemoryBytes: MEBIBYTE, pids: 64, gpus: 0 },
  }
}

const PROBE_NAME = /^isolation-probe-(\d+)-/

/** Whether a workload is a probe whose process is no more. */
export const isStrayProbe = (arn: string): boolean => {
  const [, pid] = PROBE_NAME.exec(arn) ?? []
  return pid !== undefined && !existsSync(`/proc/${pid}`)
}

/**
 * Runs the probe on both kinds of network, and with a door, which has to be all that is open then. Throws when it cannot be run, the
 * host cannot reach into a network, or the door is not there. `shown` as for `shownToEngine`.
 */
export const proveIsolation = async (driver: Driver, shown?: string): Promise<IsolationReport> => {
  const listeners = await openHostListeners()
  // Two servers, or two calls, on one engine must not take one another's probe for their own.
  const probe = `isolation-probe-${process.pid}-${Date.now()}`
  try {
    const files = await probeFiles(shown)
    const internal = { kind: 'internal', name: probe } as const
    const tried: Omit<Tried, 'files'>[] = [
      { name: 'none', network: { kind: 'none' } },
      { name: 'internal', network: internal },
      { name: 'with-door', network: { ...internal, name: `${probe}-with-door` }, door: probe },
    ]
    const escaped = await Promise.all(
      tried.map(kind => escapes(driver, `${probe}-${kind.name}`, { ...kind, files }, listeners)),
    )
    return { isolated: escaped.flat().length === 0, escaped: escaped.flat() }
  } finally {
    listeners.close()
  }
}

interface Tried {
  readonly name: string
  readonly network: Network
  readonly door?: string
  readonly files: readonly Mount[]
}

const escapes = async (driver: Driver, arn: string, tried: Tried, listeners: HostListeners): Promise<string[]> => {
  const { name, network, door, files } = tried
  try {
    const before = listeners.attempts()
    const spec = await probeSpec(driver, arn, network, before, files, door)
    const { engineError, address } = await driver.start(spec)
    if (engineError) throw new Error(`The isolation probe could not be started: ${engineError}`)
    if (network.kind === 'internal') {
      const hosts = new Set(before.map(({ host }) => host))
      await visit(
        address,
        listeners.attempts().filter(({ host }) => !hosts.has(host)),
      )
    }
    const succeeded = (await probeResults(driver, spec)).filter(result => result.succeeded)
    const open = succeeded.filter(({ what }) => door === undefined || what !== THE_DOOR.what)
    if (door !== undefined && open.length === succeeded.length)
      throw new Error('The isolation probe found no door to the platform where one was made')
    return open.map(result => inWords(name, result))
  } finally {
    await removeProbe(driver, arn)
  }
}

/**
 * No resource knows of a probe, so that nobody else would remove it: an engine that is away at the moment is asked again until it has answered.
 * Throws its first error all the same.
 */
const removeProbe = (driver: Driver, arn: string): Promise<void> =>
  driver.remove(arn).catch(error => {
    void removeLater(driver, arn)
    throw error
  })

const removeLater = async (driver: Driver, arn: string): Promise<void> => {
  for (let tries = 0; tries < REMOVALS; tries += 1) {
    await sleep(REMOVAL_MS, undefined, { ref: false })
    const isGone = await driver.remove(arn).then(
      () => true,
      () => false,
    )
    if (isGone) return
  }
}

/** Opens a connection into the container, as serving needs it, and hands it the addresses that came with its own bridge. */
const visit = async (address: string | undefined, attempts: readonly Attempt[]): Promise<void> => {
  if (!address) throw new Error('The isolation probe has no address on its internal network')
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    try {
      const socket = connect({ host: address, port: CONTAINER_PORT, timeout: 1_000 })
      socket.on('timeout', () => socket.destroy(new Error('no answer')))
      await once(socket, 'connect')
      socket.setTimeout(PATIENCE_MS)
      socket.end(JSON.stringify(attempts)).resume()
      await once(socket, 'close')
      return
    } catch (cause) {
      if (Date.now() > deadline)
        throw new Error(`The host cannot open a connection to ${address}:${CONTAINER_PORT} on an internal network`, {
          cause,
        })
      await sleep(50)
    }
  }
}

/** One thing that the probe has tried. */
export interface ProbeResult {
  readonly what: string
  readonly how: string
  readonly succeeded: boolean
}

/** What the probe printed. Throws when it did not come to its end: an attempt not made proves nothing. */
export const probeResults = async (driver: Driver, spec: ContainerSpec): Promise<ProbeResult[]> => {
  const lines: string[] = []
  for await (const { text } of driver.logs(spec.key, undefined, AbortSignal.timeout(PATIENCE_MS))) lines.push(text)
  const state = await driver.observe(spec.key)
  if (state?.status !== 'exited' || state.exitCode !== 0)
    throw new Error(`The isolation probe ended with ${state?.exitCode ?? state?.status}: ${lines.slice(-5).join('\n')}`)
  return lines.map(line => JSON.parse(line) as AttemptResult | { calls: string }).flatMap(resultsOf)
}

const resultsOf = (line: AttemptResult | { calls: string }): ProbeResult[] => {
  if (!('calls' in line))
    return [{ what: line.what, how: `${line.protocol} ${line.host} port ${line.port}`, succeeded: line.succeeded }]
  const answers = callResults(Buffer.from(line.calls, 'base64'), CLOSED_CALLS.length)
  return CLOSED_CALLS.map(({ what }, index) => {
    const answer = answers[index] as number
    return { what, how: `kernel call, ${answer}`, succeeded: !CLOSED_ANSWERS.includes(answer) }
  })
}

const inWords = (network: string, { what, how }: ProbeResult): string => `network ${network}: ${what} answered (${how})`
