import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { MemoryEngine } from '../../src/driver/memory.fixture.ts'
import { useClock } from '../../src/ground/clock.ts'
import { usePatternsAtOnce } from '../../src/ground/pattern-thread.ts'
import { useRandomness } from '../../src/ground/randomness.ts'
import type { Platform } from '../../src/service/context.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import type { Store, Wish } from '../../src/store/store.ts'
import { createActivity } from './activity.ts'
import { makeBucket } from './bucket.ts'
import { listenToAll } from './event-ear.ts'
import { createFaultyStep } from './faulty-step.ts'
import { createMemoryDisk, type MemoryDisk } from './journal-disk.ts'
import { currentLife, Life, live, outsideOfLife } from './life.ts'
import type { Blobs } from './memory-blobs.ts'
import { createMemoryLines, type MemoryLines } from './memory-lines.ts'
import { createAnswers, type MeteredAnswer } from './metered-answer.ts'
import { drawOptions, type SimulationOptions } from './options.ts'
import { account, region } from './place.ts'
import type { ProgramPlan } from './programs.ts'
import { makeRepository } from './registry.ts'
import { type Sabotage, sabotaged } from './sabotage.ts'
import { type SeededRandom, seededRandom } from './seeded-random.ts'
import { type Remains, type SimulatedServer, startSimulatedServer } from './server.ts'
import { type Copies, type Letters, openMailbox } from './shop.ts'
import { createSimulatedEngine, type Run, type TuningLimits } from './simulated-engine.ts'
import { sellProduct } from './sold-product.ts'
import { startTicking } from './tick.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'
import { type HeardMessages, openWatchPost } from './watch-post.ts'

const midMonth = Date.parse('2026-11-20T12:00:00Z')
const monthEnd = Date.parse('2026-12-01T00:00:00Z')

/** Everything of one run: what outlives servers, the server that lives, and what was seen. */
export interface World {
  readonly seed: number
  readonly options: SimulationOptions
  readonly random: SeededRandom
  readonly clock: VirtualClock
  readonly store: Store
  readonly engine: MemoryEngine
  readonly objects: Map<string, Buffer>
  /** How often each of them was written. */
  readonly writes: Map<string, number>
  /** What the programs of images do. */
  readonly plans: Map<string, ProgramPlan>
  /** Of tuning jobs, by name. */
  readonly limits: TuningLimits
  /** Images that are a subscribed product's. */
  readonly sold: Set<string>
  /** Good answers of endpoints' containers by their tickets, and the tickets that callers got. */
  readonly answers: Map<string, MeteredAnswer>
  readonly answered: Set<string>
  /** Requests to asynchronous endpoints that were accepted, and where their ends are written. */
  readonly accepted: { readonly endpoint: string; readonly output: string; readonly failure: string }[]
  /** Messages that a topic has taken, and what its listeners got. */
  readonly published: { readonly id: string; readonly isLoud: boolean }[]
  readonly heardMessages: HeardMessages
  /** Change sets as they were acknowledged, with the code of their failure, if they must fail; what the escrow holds; what subscribers are written. */
  readonly changeSets: { readonly name: string; readonly id: string; readonly failure: string }[]
  readonly copies: Copies
  readonly letters: Letters
  /** Uploads in parts whose end was acknowledged, by their keys. */
  readonly completed: Map<string, string>
  /** What the authorization server of connections gave. */
  readonly tokens: Set<string>
  /** Updates that an alarm guards, and when they were asked for. */
  readonly guarded: { readonly endpoint: string; readonly config: string; readonly at: number }[]
  readonly journals: MemoryDisk
  readonly lines: MemoryLines
  readonly blobs: Blobs
  /** Images that the scanner refuses. */
  readonly blocked: Set<string>
  /** Containers in the order in which they were started. */
  readonly runs: Run[]
  /** What happened, a line each. */
  readonly log: string[]
  /** How far the clock was set back while no server lived to see it: what was due then is due as much later. */
  setBackUnseenMs(): number
  /** Of every step that any server took: the same seed, the same digest. */
  digest(): string
  /** What must not be, and was. */
  readonly violations: string[]
  /** Calls the server that lives; undefined when there is none, and never answered when it dies meanwhile. */
  call<T>(work: (server: SimulatedServer) => Promise<T>): Promise<T> | undefined
  note(what: string): void
  /** At this time of the run, whatever server lives then. */
  at(ms: number, work: () => void): void
  runUntil(ms: number): Promise<void>
  /** Strikes now, beside what is drawn. */
  readonly strike: Outages
  /** From now on nothing strikes: the engine is back, and a server lives. */
  makePeace(): void
  [Symbol.asyncDispose](): Promise<void>
}

let opened: Promise<Store> | undefined
let woken: (wishes: readonly Wish[]) => void = () => {}

/** The database is opened once: to make its tables takes longer than most runs. */
async function emptyStore(): Promise<Store> {
  opened ??= openSqliteStore(':memory:', wishes => woken(wishes))
  const store = await opened
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'kysely_%'`.execute(
    store.db,
  )
  for (const { name } of rows) await sql`delete from ${sql.table(name)}`.execute(store.db)
  return store
}

/** A server that lives looks at its queue at least so often. */
const looksAgainMs = 61_000

export interface WorldChanges {
  /** Of what was drawn. */
  readonly change?: (drawn: SimulationOptions) => SimulationOptions
  /** A promise that is broken, to see that it is noticed. */
  readonly sabotage?: Sabotage
  /** Parts of every server that do other than theirs. */
  readonly platform?: (platform: Platform) => Platform
}

export async function openWorld(
  seed: number,
  { change = drawn => drawn, sabotage, platform: changed = same => same }: WorldChanges = {},
): Promise<World> {
  const random = seededRandom(seed)
  const options = change(drawOptions(random))
  const ids = random.of('ids')
  const faults = random.of('faults')
  const torn = random.of('torn lines')
  const virtual = createVirtualClock(
    options.monthEnds ? monthEnd - random.of('start').between(0, 2 * options.horizonMs) : midMonth,
  )
  const given = [useClock(virtual), useRandomness(ids.bytes), usePatternsAtOnce()]
  const store = await emptyStore()
  await sellProduct(store, random.of('product'), virtual.now(), options.horizonMs)
  if (options.listens) await listenToAll(store, virtual.now())
  if (options.watched > 0) {
    await openWatchPost(store, virtual.now())
    await startTicking(store, virtual.now())
  }
  if (options.products > 0) await openMailbox(store, virtual.now())
  if (options.objects > 0) {
    await makeBucket(store, random.of('bucket'), virtual.now())
    await makeRepository(store)
  }
  const activity = createActivity()
  const log: string[] = []
  const violations: string[] = []
  const plans = new Map<string, ProgramPlan>()
  const limits: World['limits'] = new Map()
  const runs: Run[] = []
  const note = (what: string) => void log.push(`${virtual.passed} ${currentLife()?.number ?? '-'} ${what}`)
  let war = true
  let awayUntil = 0
  let lives = 0
  let server: (SimulatedServer & { readonly life: Life }) | undefined
  let life: Life | undefined
  /** A server that has died so often is spared: it would do nothing but start. */
  const mostDeaths = 60
  const setBack: { readonly at: number; readonly ms: number; seen: boolean }[] = []
  const all: NonNullable<typeof server>[] = []

  const violate = (what: string) => void violations.push(what)
  const engine = createSimulatedEngine({ plans, limits, runs, note, violate })

  const die = (dying: Life, why: string) => {
    if (dying.dead) return
    note(`server dies: ${why}`)
    dying.dead = true
    server = undefined
    for (const one of setBack) if (virtual.passed - one.at <= looksAgainMs) one.seen = false
    if (faults.chance(0.5)) {
      journals.tear(faults)
      lines.tear(torn)
    }
    const delay = faults.between(1, 5000)
    outsideOfLife(() => virtual.after(delay, begin))
  }

  const steps = createHash('sha256')
  const step = createFaultyStep({
    ...{ options, random: faults, activity, die },
    note: name => void steps.update(`${virtual.passed} ${currentLife()?.number} ${name}\n`),
    isWar: () => war,
    mayDie: () => lives <= mostDeaths,
    isEngineAway: () => virtual.passed < awayUntil,
  })

  const journals = createMemoryDisk()
  const lines = createMemoryLines()
  const blobs: Blobs = new Map()
  const sold = new Set<string>()
  const { answers, answerOf } = createAnswers(faults, plans, sold)
  const remains: Remains = {
    ...{ store, engine, plans, objects: new Map(), writes: new Map(), marks: new Map(), blocked: new Set() },
    ...{ journals, lines, blobs, violate, answerOf },
    heardMessages: { all: [], loud: [] },
    tokens: new Set(),
    copies: new Map(),
    letters: { orders: new Map(), sent: [] },
    watches: options.watched > 0,
    sweeps: options.objects > 0 || options.records,
    isFull: () => war && faults.chance(options.diskFullRate),
    losesEvent: () => war && faults.chance(options.lostEventRate),
  }

  const chance = random.of('sabotage')
  const broken = (platform: Platform) => changed(sabotage ? sabotaged(platform, sabotage, chance) : platform)

  function begin(): void {
    const begun = new Life(++lives)
    life = begun
    live(begun, () => {
      note('server starts')
      startSimulatedServer(remains, step, broken).then(
        started => {
          all.push({ ...started, life: begun })
          if (!begun.dead) server = { ...started, life: begun }
        },
        error => die(begun, `start: ${error.message}`),
      )
    })
  }

  woken = wishes => {
    const living = server
    if (living) live(living.life, () => living.worker.wake(wishes))
  }
  begin()

  const strike: Outages = {
    engineAway(ms) {
      if (war) awayUntil = virtual.passed + ms
    },
    clockSet(ms) {
      if (!war) return
      virtual.step(ms)
      setBack.push({ at: virtual.passed, ms: Math.max(0, -ms), seen: server !== undefined })
    },
    engineRestarts() {
      if (war) engine.restart()
    },
  }
  const world: World = {
    ...{ seed, options, random, store, engine, plans, runs, log, violations, note, strike },
    clock: virtual,
    ...{
      objects: remains.objects,
      writes: remains.writes,
      blocked: remains.blocked,
      limits,
      sold,
      answers,
      answered: new Set(),
      accepted: [],
      published: [],
      heardMessages: remains.heardMessages,
      tokens: remains.tokens,
      changeSets: [],
      copies: remains.copies,
      letters: remains.letters,
      completed: new Map(),
      guarded: [],
      blobs,
      journals,
      lines,
    },
    setBackUnseenMs: () => setBack.filter(({ seen }) => !seen).reduce((sum, { ms }) => sum + ms, 0),
    digest: () => steps.copy().digest('hex'),
    call(work) {
      const living = server
      return living && live(living.life, () => work(living))
    },
    at: (ms, work) => void outsideOfLife(() => virtual.after(ms - virtual.passed, work)),
    runUntil: ms => virtual.runUntil(ms, activity.settle),
    makePeace() {
      war = false
      awayUntil = 0
      note('peace')
      engine.reconnect()
    },
    async [Symbol.asyncDispose]() {
      if (life) life.dead = true
      woken = () => {}
      for (const one of all) live(one.life, one.end)
      await activity.settle().catch(() => {})
      for (const one of given.toReversed()) one[Symbol.dispose]()
    },
  }
  drawOutages(world)
  return world
}

interface Outages {
  engineAway(ms: number): void
  engineRestarts(): void
  clockSet(ms: number): void
}

/** When the engine goes away and starts anew, and when the machine's clock is set. */
function drawOutages({ options, random, at, note, strike }: World): void {
  const outages = random.of('outages')
  const sometime = (work: () => void) => at(outages.between(0, 2 * options.horizonMs), work)
  for (let outage = 0; outage < options.engineOutages; outage++)
    sometime(() => {
      note('engine goes away')
      strike.engineAway(outages.between(100, 30_000))
    })
  for (let restart = 0; restart < options.engineRestarts; restart++)
    sometime(() => {
      note('engine starts anew')
      strike.engineRestarts()
    })
  for (let stepped = 0; stepped < options.clockSteps; stepped++)
    sometime(() => {
      const by = outages.between(-options.clockStepMs, options.clockStepMs)
      note(`clock is set by ${by}`)
      strike.clockSet(by)
    })
}

export { account, region }
