import { availableParallelism } from 'node:os'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTurnstile } from '../ground/turnstile.ts'
import { containerConfig, type EngineTraits, type NetworkAttachment } from './container-config.ts'
import { createContainerDoors, holderImage, holderSpec, joinedHolder, type OnVisit } from './container-door.ts'
import { containerEvents } from './container-events.ts'
import {
  containerName,
  holderName,
  isHolder,
  keyOf,
  LABEL,
  type Labels,
  labelFilter,
  namePart,
} from './container-identity.ts'
import { containerLogs, dockerLog, podmanLog } from './container-logs.ts'
import { addressOf, containerState, failedStart, type InspectedContainer, isWorkloadFault } from './container-state.ts'
import { createDiskWatch } from './disk-watch.ts'
import type { ContainerKey, ContainerSpec, ContainerState, Driver, EngineInfo } from './driver.ts'
import { createEngineClient, EngineError } from './engine-client.ts'
import { at } from './engine-path.ts'
import { createEngineStarts, endedBy } from './engine-start.ts'
import { type Gpu, gpuProblem, machineGpus } from './gpu.ts'
import { createGpuGrants } from './gpu-grants.ts'
import { createImageCollection } from './image-collection.ts'
import { createImageLoader } from './image-load.ts'
import { isStrayProbe, proveIsolation } from './isolation-probe.ts'
import { peakMemory } from './peak-memory.ts'
import { createWorkloadNetworks } from './workload-network.ts'

export interface DockerDriverOptions {
  /** `unix:///var/run/docker.sock`, `unix:///run/podman/podman.sock`. */
  readonly socket: string
  /** Tells the containers of several servers on one engine apart; stable over restarts. Letters, digits, `_.-`. */
  readonly installation: string
  /** Where it is kept, over restarts of the server, when the engine was started. */
  readonly startsFile?: string
  /** A directory that the engine sees by the same path; needed where it does not see this program's own files. */
  readonly shownFiles?: string
  /** Hears of what went wrong after a call had returned, such as a stop that the engine refused. */
  readonly onError?: (error: Error) => void
  /** Answers whoever comes through a container's door; everybody is turned away when absent. */
  readonly onVisit?: OnVisit
  /** The machine's GPUs; those that it says it has when absent. */
  readonly gpus?: () => Promise<readonly Gpu[]>
  /** Further variables of containers with a door; what a specification says wins. */
  readonly doorEnvironment?: Readonly<Record<string, string>>
}

export interface DockerDriver extends Driver {
  /** Closes the connections to the engine; containers run on. */
  close(): Promise<void>
}

interface EngineFacts {
  readonly ServerVersion: string
  readonly NCPU: number
  readonly MemTotal: number
  readonly Runtimes: Readonly<Record<string, unknown>> | null
  /** Docker's containers run on while it is started anew. */
  readonly LiveRestoreEnabled?: boolean
}

const COLLECT_MS = 600_000
/** An engine makes containers no faster when it is asked for more of them at a time; the first of them are only later. */
const STARTS_AT_ONCE = 2 * availableParallelism()

interface ContainerSummary {
  readonly Id: string
  readonly Names: readonly string[] | null
  readonly Labels: Labels | null
  readonly NetworkSettings?: { readonly Networks: Readonly<Record<string, unknown>> | null }
}

/**
 * Runs workloads on Docker (20.10 and later) or Podman (4.3 and later), whichever answers on the socket. Both are spoken to
 * over the Docker Engine API 1.41. Throws `EngineUnavailable` when none answers.
 *
 * Podman keeps no record of a container that could not be started: it is `created` again when asked later, and the next
 * `start` says again why.
 */
export const createDockerDriver = async (options: DockerDriverOptions): Promise<DockerDriver> => {
  const installation = namePart(options.installation, 'installation')
  const onError = options.onError ?? process.emitWarning
  const client = createEngineClient(options.socket)
  let gpus: Promise<readonly Gpu[]> | undefined
  const gpusHere = () => {
    gpus ??= (options.gpus ?? machineGpus)()
    return gpus
  }
  const engine = (await client.knows(at`/libpod/_ping`)) ? 'podman' : 'docker'
  const info = async (): Promise<EngineInfo> => {
    const { body } = await client.call<EngineFacts>('GET', at`/info`)
    const { ServerVersion: version, NCPU: cpus, MemTotal: memoryBytes } = body
    const there = await gpusHere()
    const problem =
      there.length > 0 ? gpuProblem({ engine, version, runtimes: Object.keys(body.Runtimes ?? {}) }) : undefined
    const sizes = there.flatMap(({ memoryBytes: size }) => size ?? [])
    return {
      ...{ engine, version, cpus, memoryBytes, gpus: problem ? 0 : there.length },
      ...(sizes.length > 0 && { gpuMemoryBytes: Math.min(...sizes) }),
      ...(problem && { gpuProblem: problem }),
    }
  }
  // Podman takes a while over it, and what is used of it does not change while the engine runs.
  let size: Promise<EngineInfo> | undefined
  const engineSize = (): Promise<EngineInfo> => {
    size ??= info().catch(error => {
      size = undefined
      throw error
    })
    return size
  }
  const loadImage = createImageLoader(client)
  const images = createImageCollection(client)
  const collecting = setInterval(() => images.collect().catch(error => closed || onError(error)), COLLECT_MS).unref()
  const networks = createWorkloadNetworks(client, installation, engine)
  const logSource = (engine === 'podman' ? podmanLog : dockerLog)(client)
  const engineStarts = createEngineStarts(options.socket, options.startsFile)
  const disk = createDiskWatch(client, error => closed || onError(error))
  const turnAway: OnVisit = (_, socket) => void socket.destroy()
  const doors = createContainerDoors(options.onVisit ?? turnAway, id => inspect(id))
  const holding = holderImage()
  const starting = new Map<string, Promise<ContainerState>>()
  const inTurn = createTurnstile(STARTS_AT_ONCE)
  const grants = createGpuGrants(client, installation, gpusHere)
  /** When each stop that is under way will turn to SIGKILL. */
  const stopping = new Map<string, number>()
  let closed = false
  const nameOf = (key: ContainerKey) => containerName(installation, key)

  const inspect = async (id: string): Promise<InspectedContainer | undefined> => {
    const { status, body } = await client.call<InspectedContainer>('GET', at`/containers/${id}/json`, { accept: [404] })
    return status === 404 ? undefined : body
  }

  /** A Docker daemon that starts ends whatever ran under the one before, unless told to let it live; Podman's containers need none. */
  const endedByEngine = async ({ status, startedAt, finishedAt }: ContainerState): Promise<boolean> => {
    if (engine === 'podman' || status !== 'exited' || !startedAt || !finishedAt) return false
    // It closes its door first, then ends what runs: whether it is still open tells whose doing the end was.
    await client.answersAnew()
    const starts = await engineStarts()
    return (
      starts.some(start => endedBy(start, startedAt, finishedAt)) &&
      !(await client.call<EngineFacts>('GET', at`/info`)).body.LiveRestoreEnabled
    )
  }

  const stateOf = async (container: InspectedContainer | undefined): Promise<ContainerState | undefined> => {
    const state = container && containerState(installation, container)
    if (!state) return undefined
    if (state.status === 'running') disk.follow(container)
    if (state.status === 'running') return withDoor(state, container)
    if (state.status !== 'exited') return state
    if (await endedByEngine(state)) return { ...state, endedByEngine: true }
    const outOfDisk = await disk.exceeded(container)
    return outOfDisk === undefined ? state : { ...state, outOfDisk }
  }

  /** A server that is started anew finds containers whose doors nobody answers any more; where they are reached, their holder knows. */
  const withDoor = async (state: ContainerState, container: InspectedContainer): Promise<ContainerState> => {
    const joined = joinedHolder(container)
    if (!joined) return state
    const holder = await inspect(joined)
    if (holder?.State.Running) {
      await doors.open(state.key, holder).catch(error => closed || onError(error))
      return { ...state, address: addressOf(holder) }
    }
    // Somebody has ended it, and the network with it: what runs on can be reached by nobody.
    await client.call('POST', at`/containers/${container.Id}/kill`, {
      query: { signal: 'SIGKILL' },
      accept: [404, 409],
    })
    return state
  }

  /** One whose removal was cut off can only be removed once more: neither its state nor its output is to be had. */
  const observe = async (key: ContainerKey): Promise<ContainerState | undefined> => {
    const container = await inspect(nameOf(key))
    return container?.State.Status === 'dead' ? undefined : stateOf(container)
  }

  /** What bears the labels of this installation, as the engine's list shows it. */
  const summaries = async (arn?: string, attempt?: number): Promise<ContainerSummary[]> => {
    const query = { all: true, filters: JSON.stringify({ label: labelFilter(installation, arn, attempt) }) }
    const { body } = await client.call<ContainerSummary[]>('GET', at`/containers/json`, { query })
    return body
  }

  const isWorkload = ({ Names, Labels }: ContainerSummary) => Names?.some(name => keyOf(installation, name, Labels))
  const holdsNetwork = ({ Names, Labels }: ContainerSummary) =>
    Names?.some(name => isHolder(installation, name, Labels))

  const create = async (name: string, body: ReturnType<typeof containerConfig>) => {
    try {
      await client.call('POST', at`/containers/create`, { query: { name }, body })
    } catch (error) {
      if (!(error instanceof EngineError && /name .* is already in use/i.test(error.reason))) throw error
      // Docker gives the name away first; whoever has it is still making the container.
      for (let tries = 0; tries < 100 && !(await inspect(name)); tries += 1) await sleep(50)
    }
  }

  /** What holds the network of a container with a door, which is open when this returns; its id. */
  const hold = async (spec: ContainerSpec, network: NetworkAttachment | undefined, traits: EngineTraits) => {
    const name = holderName(installation, spec.key)
    const held = holderSpec(spec, await driver.ensureImage(await holding))
    const body = containerConfig(installation, held, network, traits)
    const Labels = { ...body.Labels, [LABEL.door]: spec.door as string }
    // It hears nothing else, and an engine that ends would wait for it.
    const quiet = { ...body, Labels, StopSignal: 'SIGKILL' }
    const make = () => create(name, quiet)
    const before = await inspect(name)
    if (!before) await make()
    if (!before?.State.Running) await startMade(name, make)
    const holder = await inspect(name)
    if (!holder?.State.Running) throw new Error(`The container ${name}, which holds a network, does not run`)
    await doors.open(spec.key, holder)
    return holder.Id
  }

  /** Docker, killed while it started a container, cannot start it any more, and its next daemon ends what may have run: made anew. */
  const startMade = async (name: string, make: () => Promise<void>): Promise<void> => {
    const start = () => client.call('POST', at`/containers/${name}/start`)
    await start().catch(async error => {
      if (!(error instanceof EngineError && /\bid already in use/i.test(error.reason))) throw error
      await client.call('DELETE', at`/containers/${name}`, { query: { force: true, v: true }, accept: [404] })
      await make()
      await start()
    })
  }

  const removeContainer = async (id: string): Promise<void> => {
    const remove = () =>
      client.call('DELETE', at`/containers/${id}`, { query: { force: true, v: true }, accept: [404, 409] })
    // Podman fails over a container that ends by itself at that very moment.
    await remove().catch(error => {
      if (!(error instanceof EngineError && /container state improper/i.test(error.reason))) throw error
      return remove()
    })
  }

  const createAndStart = async (spec: ContainerSpec): Promise<ContainerState> => {
    const { cpus, gpus, gpuProblem: problem } = await engineSize()
    if (spec.limits.gpus > gpus)
      return failedStart(
        spec.key,
        `${spec.limits.gpus} GPUs are needed, and the container engine offers ${gpus}.${problem ? ` ${problem}.` : ''}`,
      )
    try {
      const before = await observe(spec.key)
      if (before?.status === 'exited') return before
      const network = await networks.attach(spec)
      if (before?.status === 'running') return before
      const traits = { engine, cpus } as const
      const given = spec.door === undefined ? network : { joins: await hold(spec, network, traits) }
      const environment = { ...(spec.door !== undefined && options.doorEnvironment), ...spec.environment }
      const make = () =>
        grants.with(spec, granted =>
          create(
            nameOf(spec.key),
            containerConfig(installation, { ...spec, environment }, given, {
              ...traits,
              ...(granted && { gpus: granted }),
            }),
          ),
        )
      // The holder that it was made for may be another one by now.
      if (before && spec.door !== undefined) await removeContainer(nameOf(spec.key))
      if (!before || spec.door !== undefined) await make()
      await startMade(nameOf(spec.key), make)
    } catch (error) {
      if (error instanceof EngineError && isWorkloadFault(error.reason)) return failedStart(spec.key, error.reason)
      throw error
    }
    const after = await observe(spec.key)
    if (after) return after
    throw new Error(`The container ${nameOf(spec.key)} is not this installation's, or was removed as it started`)
  }

  const driver: DockerDriver = {
    info,
    async proveIsolation() {
      // What a probe has left whose server was killed, running or not even made: no resource knows of it. One of them has no network.
      const named = (await summaries()).flatMap(({ Labels }) => Labels?.[LABEL.arn] ?? [])
      for (const arn of new Set([...named, ...(await networks.owners())]))
        if (isStrayProbe(arn)) await driver.remove(arn)
      return proveIsolation(driver, options.shownFiles)
    },
    ensureImage: async source => {
      const reference = await loadImage(source)
      images.use(reference)
      return reference
    },
    observe,
    peakMemory: async key => {
      const container = await inspect(nameOf(key))
      return container?.State.Running ? peakMemory(container) : undefined
    },

    start: spec => {
      const name = nameOf(spec.key)
      const running = starting.get(name) ?? inTurn(() => createAndStart(spec)).finally(() => starting.delete(name))
      starting.set(name, running)
      return running
    },

    list: async arn => {
      const states = (await summaries(arn)).filter(isWorkload).map(async ({ Id }) => stateOf(await inspect(Id)))
      return (await Promise.all(states)).filter(state => state !== undefined)
    },

    stop: async (key, graceSeconds) => {
      const name = nameOf(key)
      const deadline = Date.now() + graceSeconds * 1000
      if ((stopping.get(name) ?? Number.POSITIVE_INFINITY) <= deadline) return
      if ((await observe(key))?.status !== 'running') return
      stopping.set(name, deadline)
      // The engine keeps the time: it goes on with the stop when this process dies, and a second stop does no harm.
      client
        .stream('POST', at`/containers/${name}/stop`, { query: { t: graceSeconds }, accept: [404] })
        .then(text)
        .catch(error => closed || onError(error))
        .finally(() => stopping.delete(name))
    },

    remove: async (arn, attempt) => {
      const found = await summaries(arn, attempt)
      const [containers, holders] = [found.filter(isWorkload), found.filter(holdsNetwork)]
      for (const { Id } of holders) doors.close(Id)
      await Promise.all(containers.map(({ Id }) => removeContainer(Id)))
      // Podman removes none whose network another one has.
      await Promise.all(holders.map(({ Id }) => removeContainer(Id)))
      const used = [...containers, ...holders].flatMap(({ NetworkSettings }) =>
        Object.keys(NetworkSettings?.Networks ?? {}),
      )
      const made = attempt === undefined ? await networks.madeFor(arn) : []
      await networks.remove(new Set([...used, ...made]))
    },

    logs: (key, cursor, signal) =>
      containerLogs(logSource, nameOf(key), async () => (await observe(key))?.status === 'exited', cursor, signal),
    async *events(signal) {
      let silentSince: Date | undefined
      const onSilence = () => {
        silentSince ??= new Date()
      }
      for await (const arn of containerEvents(client, installation, signal, onSilence)) {
        // Connected anew: if the engine was started anew, that is to be known also when it is once more.
        if (arn === undefined && engine === 'docker') await engineStarts(silentSince)
        silentSince = undefined
        yield arn
      }
    },
    close: () => {
      closed = true
      clearInterval(collecting)
      disk.close()
      doors.closeAll()
      return client.close()
    },
  }
  return driver
}
