import { clock } from '../ground/clock.ts'
import type { ContainerKey, ContainerSpec, ContainerState, Driver, EngineInfo, LogLine } from './driver.ts'

/** What a container does, from its start to its exit code. It hears `term` when it is asked to end. */
export type Program = (run: ProgramRun) => Promise<number | 'out of memory'>

export interface ProgramRun {
  readonly spec: ContainerSpec
  readonly term: AbortSignal
  /** Ends when the container is killed: what goes on then is nobody's business. */
  readonly killed: AbortSignal
  print(text: string, stream?: LogLine['stream']): void
}

interface Container {
  readonly spec: ContainerSpec
  state: ContainerState
  readonly lines: LogLine[]
  readonly term: AbortController
  readonly kill: AbortController
  graceAt: number
}

/** An engine that runs programs of this process: for simulations, and for the suite that every driver passes. */
export interface MemoryEngine {
  connect(): Driver
  /** The daemon is started anew: what runs is killed, and knows by whom. */
  restart(): void
  /** Who follows its events is connected again: anything may have changed before. */
  reconnect(): void
  /** How many lines a container has printed, also one that is gone. */
  printed(key: ContainerKey): number
  /** Milliseconds from the first start to the last end of each attempt's containers, summed; also of those that are gone. */
  lifetimeOf(arn: string): number
  readonly containers: ReadonlyMap<string, Pick<Container, 'spec' | 'state' | 'lines'>>
}

const nameOf = ({ arn, attempt, host }: ContainerKey): string => `${arn} ${attempt} ${host}`

/** `programOf` says what a container runs; throws for what cannot be started, in the engine's words. */
export function createMemoryEngine(info: EngineInfo, programOf: (spec: ContainerSpec) => Program): MemoryEngine {
  const containers = new Map<string, Container>()
  const made = new Map<string, Container>()
  const listeners = new Set<(arn: string | undefined) => void>()
  let addresses = 0
  let printed = () => {}
  let next = Promise.withResolvers<void>()
  printed = () => {
    const done = next
    next = Promise.withResolvers<void>()
    done.resolve()
  }
  const tell = (arn: string | undefined) => {
    for (const listener of listeners) listener(arn)
  }

  function end(container: Container, ending: Partial<ContainerState>): void {
    if (container.state.status !== 'running') return
    container.state = {
      ...container.state,
      status: 'exited',
      outOfMemory: false,
      finishedAt: new Date(clock.now()),
      ...ending,
    }
    container.kill.abort()
    printed()
    tell(container.spec.key.arn)
  }

  function run(container: Container, program: Program): void {
    const { spec, term, kill } = container
    const print = (text: string, stream: LogLine['stream'] = 'stdout') => {
      if (container.state.status !== 'running') return
      const cursor = String(container.lines.length + 1).padStart(12, '0')
      container.lines.push({ time: new Date(clock.now()), stream, text, cursor })
      printed()
    }
    program({ spec, term: term.signal, killed: kill.signal, print }).then(
      code => end(container, code === 'out of memory' ? { exitCode: 137, outOfMemory: true } : { exitCode: code }),
      error => {
        print(String(error), 'stderr')
        end(container, { exitCode: 1 })
      },
    )
  }

  function start(spec: ContainerSpec): ContainerState {
    const known = containers.get(nameOf(spec.key))
    if (known) return known.state
    const now = new Date(clock.now())
    const container: Container = {
      ...{ spec, lines: [], term: new AbortController(), kill: new AbortController() },
      graceAt: Number.POSITIVE_INFINITY,
      state: { key: spec.key, status: 'running', startedAt: now },
    }
    containers.set(nameOf(spec.key), container)
    made.set(nameOf(spec.key), container)
    if (spec.network.kind === 'internal') container.state = { ...container.state, address: `${++addresses}.memory` }
    try {
      run(container, programOf(spec))
    } catch (error) {
      const engineError = (error as Error).message
      container.state = { key: spec.key, status: 'exited', exitCode: 127, engineError, finishedAt: now }
    }
    tell(spec.key.arn)
    return container.state
  }

  function stop(key: ContainerKey, graceSeconds: number): void {
    const container = containers.get(nameOf(key))
    if (container?.state.status !== 'running') return
    container.term.abort()
    const at = clock.elapsed() + graceSeconds * 1000
    if (at >= container.graceAt) return
    container.graceAt = at
    clock.after(graceSeconds * 1000, () => {
      if (container.graceAt <= at) end(container, { exitCode: 137 })
    })
  }

  async function* logs(key: ContainerKey, cursor: string | undefined, signal: AbortSignal): AsyncGenerator<LogLine> {
    const container = containers.get(nameOf(key))
    if (!container) throw new Error(`No such container: ${nameOf(key)}`)
    for (let at = Number(cursor ?? 0); ; ) {
      while (at < container.lines.length) {
        if (signal.aborted) return
        yield container.lines[at++] as LogLine
      }
      if (container.state.status !== 'running' || signal.aborted) return
      await Promise.race([next.promise, aborted(signal)])
    }
  }

  async function* events(signal: AbortSignal): AsyncGenerator<string | undefined> {
    const waiting: (string | undefined)[] = [undefined]
    let wake = Promise.withResolvers<void>()
    const listen = (arn: string | undefined) => {
      waiting.push(arn)
      wake.resolve()
    }
    listeners.add(listen)
    try {
      while (!signal.aborted) {
        while (waiting.length > 0) yield waiting.shift()
        wake = Promise.withResolvers<void>()
        await Promise.race([wake.promise, aborted(signal)])
      }
    } finally {
      listeners.delete(listen)
    }
  }

  const of = (arn?: string) => [...containers.values()].filter(({ spec }) => arn === undefined || spec.key.arn === arn)
  const connect = (): Driver => ({
    info: async () => info,
    proveIsolation: async () => ({ isolated: true, escaped: [] }),
    ensureImage: async ({ digest }) => digest,
    start: async spec => start(spec),
    observe: async key => containers.get(nameOf(key))?.state,
    peakMemory: async () => undefined,
    list: async arn => of(arn).map(({ state }) => state),
    stop: async (key, graceSeconds) => stop(key, graceSeconds),
    async remove(arn, attempt) {
      for (const container of of(arn)) {
        if (attempt !== undefined && container.spec.key.attempt !== attempt) continue
        end(container, { exitCode: 137 })
        containers.delete(nameOf(container.spec.key))
      }
    },
    logs,
    events,
  })
  return {
    connect,
    containers,
    restart() {
      for (const container of containers.values()) end(container, { exitCode: 137, endedByEngine: true })
      tell(undefined)
    },
    reconnect: () => tell(undefined),
    printed: key => made.get(nameOf(key))?.lines.length ?? 0,
    lifetimeOf(arn) {
      const mine = [...made.values()].filter(({ spec }) => spec.key.arn === arn)
      const attempts = Map.groupBy(mine, ({ spec }) => spec.key.attempt)
      return [...attempts.values()].reduce((sum, hosts) => {
        const starts = hosts.map(({ state }) => state.startedAt?.getTime() ?? 0)
        const ends = hosts.map(({ state }) => state.finishedAt?.getTime() ?? 0)
        return sum + Math.max(...ends) - Math.min(...starts)
      }, 0)
    },
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
