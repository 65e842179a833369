import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Spent } from '../gateway/rate-limit.ts'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import { type MeteringParts, openMeteringJournal } from '../runtime/metering-journal.ts'
import type { Route, RouteHolders } from '../runtime/routing-table.ts'
import type { SessionKey } from '../runtime/sessions.ts'
import type { ControlEars } from './control-answers.ts'
import { type ControlParts, openWorkerDesk, type WorkerDesk, wireRoute } from './control-answers.ts'
import type { Link } from './link.ts'
import {
  type Greeting,
  type Opening,
  type Place,
  planeVersion,
  settingsOf,
  type WorkerAnswers,
  type WorkerMemory,
} from './plane-messages.ts'
import { workerFiles } from './worker-files.ts'
import { findWorkerProcess, kill, removeWorkerDirectory, startWorkerProcess } from './worker-process.ts'

/** The workers of an installation, from its server's side. */
export interface DataPlane extends RouteHolders {
  /** A session is closed: in effect when it resolves. */
  forgetSession(key: SessionKey): Promise<void>
  /** Nobody may sign as before: in effect when it resolves. */
  forgetCallers(): Promise<void>
  /** Where workers take invocations that another server has left; what dead ones have metered is counted. */
  find(): Promise<readonly Place[]>
  /** Takes on those of them that fit. From then on there are workers as long as there are endpoints. */
  begin(place: DataPlanePlace, ears: ControlEars): Promise<void>
  /** The server has let these through. */
  spend(spent: Spent): void
  /** Of workers that serve. */
  pids(): readonly number[]
  /** Of all of them together. */
  memory(): WorkerMemory
  /** Lines and counts that were set aside from journals of workers that have died. */
  setAside(): number
  /** Lets workers answer what they were asked, and end. */
  close(): Promise<void>
}

/** Where workers take invocations, and who does while there are none. */
export interface DataPlanePlace {
  readonly place: Place
  /** The server takes invocations itself from when it resolves. */
  takeOver(): Promise<void>
  /** Workers do. */
  handOver(): void
}

export interface DataPlaneParts extends Omit<ControlParts, keyof Routing> {
  /** Of workers' directories; nobody else's. */
  readonly directory: string
  /** How many; 0 for none. */
  readonly workers: number
  readonly opening: Omit<Opening, 'place' | 'routes'>
  readonly count: MeteringParts['count']
  readonly log: Logger
}

/** The table that the workers follow, and what asks it; given once they are made, since the table is told of its holders first. */
export type Routing = Pick<ControlParts, 'routes' | 'findRoute' | 'takeLease'>

interface Worker {
  readonly directory: string
  readonly pid: number
  readonly link: Link<WorkerAnswers>
  readonly desk: WorkerDesk
}

/** One that another server has left. */
type Found = Worker & Greeting

/** A worker that has not done as it was told by then is killed. */
const ackMs = 5000
/** Without endpoints workers are kept so long: the next one may come at once. */
const idleMs = 30_000
/** Between two starts of a worker that died young. */
const restartMs = 1000
/** Longer than a worker waits for its invocations. */
const drainMs = 75_000

export function createDataPlane(parts: DataPlaneParts, routing: () => Routing): DataPlane {
  const { directory, log, count } = parts
  const workers = new Set<Worker>()
  const found: Found[] = []
  const ending = new Set<Promise<void>>()
  let at: DataPlanePlace | undefined
  let ears: ControlEars | undefined
  let starting: Promise<void> | undefined
  let idle: Disposable | undefined
  let closed = false
  let setAside = 0

  function openDesk(): WorkerDesk {
    const desk = openWorkerDesk(
      { ...parts, ...routing() },
      () => ears,
      spent => spendElsewhere(spent, desk),
    )
    return desk
  }

  function spendElsewhere(spent: Spent, from?: WorkerDesk): void {
    for (const { desk, link } of workers) if (desk !== from) link.tell('spend', spent)
  }

  /** Does as all of them are told, or without those that do not. */
  async function tellAll<Name extends keyof WorkerAnswers & string>(
    name: Name,
    input: Parameters<WorkerAnswers[Name]>[0],
  ): Promise<Awaited<ReturnType<WorkerAnswers[Name]>>[]> {
    const told = [...workers].map(worker =>
      worker.link.ask(name, input as never, ackMs).catch(async error => {
        if (worker.link.isOpen)
          log.error({ err: error, pid: worker.pid }, 'a worker does not do as it is told: it is killed')
        kill(worker.pid)
        await worker.link.closed
        return undefined
      }),
    )
    return (await Promise.all(told)).filter(answer => answer !== undefined) as never
  }

  const openingAt = (place: Place): Opening => ({
    ...parts.opening,
    place: { ...place },
    routes: routing().routes.all().map(wireRoute),
  })

  /** It is one of us from here on: what changes is told to it, after what it was opened with. */
  async function enlist(worker: Worker): Promise<void> {
    workers.add(worker)
    void worker.link.closed.then(() => bury(worker))
    const { place } = at as DataPlanePlace
    const opened = await worker.link.ask('open', openingAt(place))
    if (opened.port !== place.port) throw new Error(`Worker ${worker.pid} listens on port ${opened.port}`)
  }

  async function startOne(): Promise<void> {
    const desk = openDesk()
    const started = await startWorkerProcess(join(directory, randomness.uuid()), desk.answers)
    try {
      await enlist({ ...started, desk })
    } catch (error) {
      kill(started.pid)
      throw error
    }
  }

  /** Starts those that are missing; resolves when all of them serve. */
  function start(): Promise<void> {
    starting ??= startMissing().finally(() => {
      starting = undefined
    })
    return starting
  }

  async function startMissing(): Promise<void> {
    try {
      if (closed || !at) return
      const missing = parts.workers - workers.size
      if (missing <= 0) return
      await Promise.all(Array.from({ length: missing }, startOne))
      at.handOver()
    } catch (error) {
      log.error({ err: error }, 'workers for invocations could not be started: the server answers them; trying again')
      again()
    }
  }

  const again = () =>
    void clock.after(restartMs, () => {
      if (workers.size < parts.workers && routing().routes.all().length > 0) void start()
    })

  /** One that has ended, however: what it metered is counted, and another one takes its place. */
  function bury(worker: Worker): void {
    if (!workers.delete(worker)) return
    worker.desk.end()
    if (closed) return
    log.warn({ pid: worker.pid }, 'a worker for invocations has ended')
    void countLeft(worker.directory)
    if (workers.size === 0) at?.takeOver().catch(error => log.error({ err: error }, 'nobody takes invocations'))
    if (routing().routes.all().length > 0) void start()
  }

  /** Counts what is left in the directory of one that has ended, and removes it; tries again when the store is away. */
  async function countLeft(worker: string): Promise<void> {
    try {
      const journal = await openMeteringJournal({ directory: workerFiles(worker).journal, count, log })
      await journal.close()
      setAside += journal.setAside()
      if (journal.setAside() === 0) await removeWorkerDirectory(worker)
    } catch (error) {
      log.error({ err: error, worker }, 'what a worker has metered is not counted yet; trying again')
      if (!closed) clock.after(restartMs, () => void countLeft(worker))
    }
  }

  /** It takes nothing new, and ends when it has answered. Nothing waits for that but the end of the server. */
  function drain(worker: Worker): void {
    workers.delete(worker)
    worker.link.ask('drain', undefined, ackMs).catch(() => kill(worker.pid))
    const late = clock.after(drainMs, () => kill(worker.pid))
    const done = worker.link.closed.then(async () => {
      late[Symbol.dispose]()
      worker.desk.end()
      await countLeft(worker.directory)
      ending.delete(done)
    })
    ending.add(done)
  }

  async function drainAll(): Promise<void> {
    idle = undefined
    if (routing().routes.all().length > 0 || workers.size === 0) return
    await at?.takeOver()
    for (const worker of workers) drain(worker)
  }

  /** What lies in the directory at the start: the workers that live; of others what is left is counted. */
  async function findIn(name: string): Promise<void> {
    const desk = openDesk()
    const worker = join(directory, name)
    const link = await findWorkerProcess(worker, desk.answers)
    const greeting = await link?.ask('greet', undefined, ackMs).catch(() => undefined)
    if (link && greeting) return void found.push({ directory: worker, link, desk, ...greeting })
    link?.end()
    await countLeft(worker)
  }

  function fits({ version, place, settings }: Found, wanted: Place): boolean {
    const isAsked = settings === settingsOf(openingAt(wanted))
    const isThere = place?.port === wanted.port && place.host === wanted.host
    return version === planeVersion && isAsked && isThere && workers.size < parts.workers
  }

  return {
    async set(route: Route) {
      idle?.[Symbol.dispose]()
      idle = undefined
      if (parts.workers === 0) return
      await tellAll('setRoute', wireRoute(route))
      if (workers.size < parts.workers) await start()
    },
    async remove(arn) {
      await tellAll('removeRoute', arn)
      if (workers.size > 0 && routing().routes.all().length === 0) idle ??= clock.after(idleMs, () => void drainAll())
    },
    isAsked: async end => (await tellAll('isAsked', end)).includes(true),
    async forgetSession(key) {
      await tellAll('forgetSession', key)
    },
    async forgetCallers() {
      await tellAll('forgetCallers', undefined)
    },
    async find() {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      for (const name of await readdir(directory)) await findIn(name)
      return found.flatMap(({ place }) => place ?? [])
    },
    async begin(place, told) {
      at = place
      ears = told
      for (const one of found)
        if (fits(one, place.place)) await enlist(one)
        else drain(one)
      if (workers.size > 0) at.handOver()
      if (workers.size > 0 && workers.size < parts.workers) await start()
    },
    spend: spent => spendElsewhere(spent),
    pids: () => [...workers].map(({ pid }) => pid),
    memory() {
      const all = [...workers].map(({ desk }) => desk.memory())
      const sum = (of: keyof WorkerMemory) => all.reduce((total, one) => total + one[of], 0)
      return { held: sum('held'), limit: sum('limit'), refusals: sum('refusals'), resident: sum('resident') }
    },
    setAside: () => setAside,
    async close() {
      idle?.[Symbol.dispose]()
      await starting
      closed = true
      for (const worker of workers) drain(worker)
      await Promise.all(ending)
    },
  }
}
