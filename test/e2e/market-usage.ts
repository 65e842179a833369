import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import Big from 'big.js'
import { pino } from 'pino'
import { type Reconciliation, reconcileCharges } from '../../src/marketplace/billing/reconciliation.ts'
import { buyer, type MarketFixture, openMarketFixture } from '../../src/marketplace/market.fixture.ts'
import {
  buy,
  changeCatalog,
  entitledArn,
  onOffer,
  openShop,
  rates,
  usagePricing,
} from '../../src/marketplace/market-story.fixture.ts'
import { countIn, openMeteringJournal } from '../../src/runtime/metering-journal.ts'
import type { Market } from '../../src/service/market.ts'
import type { Transaction } from '../../src/store/store.ts'

const minute = 60_000
const training = 'ml.m5.large.a.t'
const requests = 'inference.count.m.i.c'
const began = Date.parse('2026-11-20T12:00:00Z')
const year = 365 * 24 * 60 * minute

/** The same every time, so that what fails fails again. */
function dice(seed: number) {
  let state = seed
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { chance: (of: number) => draw() < of, below: (most: number) => Math.floor(draw() * most) }
}

/** What was really used, told by whoever used it: units by month, dimension and price, in whole numbers. */
function openTruth(priceAt: (time: number) => Readonly<Record<string, string>>) {
  const units = new Map<string, number>()
  const months = new Map<number, string>()
  const add = (dimension: string, time: number, count: number) => {
    const day = Math.floor(time / 86_400_000)
    const month = months.get(day) ?? new Date(time).toISOString().slice(0, 7)
    months.set(day, month)
    const key = `${month} ${dimension} ${priceAt(time)[dimension]}`
    units.set(key, (units.get(key) ?? 0) + count)
  }
  return {
    counted: (time: number, count: number) => add(requests, time, count),
    ran(from: number, to: number, instances: number) {
      for (let time = from; time < to; time += minute) add(training, time, instances)
    },
    /** Exact to the eight decimals of a line. */
    total: () =>
      [...units].reduce((sum, [key, count]) => {
        const [, dimension, price = ''] = key.split(' ')
        const amount = Big(price).times(count)
        return sum.plus((dimension === training ? amount.div(60) : amount).round(8))
      }, Big(0)),
  }
}

export interface Simulated {
  /** How often a transaction or the database was lost. */
  readonly crashes: number
  /** What was really used comes to, USD: exact, and to the cent. */
  readonly expected: string
  readonly expectedCents: string
  /** What the charges, the invoices and a recount of the facts come to. */
  readonly found: Reconciliation
}

/**
 * Tells a marketplace so many usage facts in the course of a year: training jobs that start and stop, inferences through the metering
 * journal; through crashes before and after each commit, repetitions, journals that are read again, a change of price, and a clock that
 * stands, leaps and goes back. The clock of the whole process stands in for that year meanwhile.
 */
export async function simulateUsage(facts: number): Promise<Simulated> {
  const directory = mkdtempSync(join(tmpdir(), 'modelmart-usage-'))
  try {
    return await simulate(facts, directory)
  } finally {
    mock.timers.reset()
    rmSync(directory, { recursive: true })
  }
}

async function simulate(facts: number, directory: string): Promise<Simulated> {
  mock.timers.enable({ apis: ['Date', 'setInterval'], now: began })
  const { chance, below } = dice(20_261_120)
  const house = await openMarketFixture()
  const setClock = (time: number) => {
    house.clock.time = time
    mock.timers.setTime(time)
  }
  const prices = (request: string) =>
    usagePricing([...rates.slice(0, 3), { DimensionKey: 'm.i.c', Price: request }] as typeof rates)
  const { offer } = await openShop(house, prices('0.00037'))
  const agreement = await buy(house, offer)
  const productArn = await entitledArn(house, agreement)
  const repriced = began + Math.floor(year / 3 / minute) * minute
  const truth = openTruth(time => ({
    [training]: '0.6',
    [requests]: time < repriced ? '0.00037' : '0.00019',
  }))

  let crashes = 0
  const market: Market = {
    ...house.market,
    /** The database goes away in the middle of a file, now and then. */
    async inferencesCounted(...given) {
      const refused = await house.market.inferencesCounted(...given)
      if (refused.length > 0) throw new Error(refused.join())
      if (chance(0.02)) throw new Error(`crash ${++crashes}`)
      return refused
    },
  }
  const parts = { directory, count: countIn(house.store, market), log: pino({ enabled: false }) }
  let journal = await openMeteringJournal(parts)
  const counting: Promise<void>[] = []
  const running = new Map<string, { from: number; to: number; instances: number }>()
  let time = began
  let isRepriced = false

  for (let told = 0; told < facts; told++) {
    if (told % 20 === 0) {
      await Promise.all(counting.splice(0))
      time = Math.max(began + minute, step(began + Math.floor((told / facts) * year)))
      setClock(time)
      for (const [name, { to }] of running) if (to <= time) await stop(name)
    }
    if (!isRepriced && time >= repriced) await reprice()
    if (chance(0.95)) count()
    else await start(`job/${told}`)
    if (chance(0.001)) await fold()
    if (chance(0.0002)) await house.settle()
  }
  setClock(began + year)
  for (const name of [...running.keys()]) await stop(name)
  while (readdirSync(directory).length > 0) await fold()
  for (let month = 0; month < 3; month++) {
    setClock(house.clock.time + 31 * 24 * 60 * minute)
    await house.settle()
  }

  const expected = truth.total()
  const found = await reconcileCharges(house.store, house.clock.time)
  await house.store.close()
  return { crashes, expected: expected.toFixed(), expectedCents: expected.round(2, Big.roundHalfUp).toFixed(2), found }

  /** Clocks go on, stand still, go back by up to an hour, and leap. */
  function step(to: number): number {
    if (chance(0.02)) return to - below(60 * minute)
    return chance(0.02) ? to + below(60 * minute) : to
  }

  async function reprice() {
    isRepriced = true
    setClock(repriced)
    const { Status } = await changeCatalog(house, [onOffer('UpdatePricingTerms', prices('0.00019'), offer)])
    if (Status !== 'SUCCEEDED') throw new Error(`the price did not change: ${Status}`)
    setClock(time)
  }

  function count() {
    const units = 1 + below(4)
    const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: `endpoint/${below(3)}` }
    counting.push(journal.record(subject, units) as Promise<void>)
    truth.counted(time, units)
  }

  async function start(resourceArn: string) {
    const instances = 1 + below(3)
    const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn }
    const at = new Date(time)
    await tell(house, tx => house.market.usageStarted(tx, subject, training, instances, at))
    running.set(resourceArn, { from: time, to: time + below(120 * minute), instances })
  }

  async function stop(name: string) {
    const at = new Date(house.clock.time)
    await tell(house, tx => house.market.usageStopped(tx, name, at))
    const { from, instances } = running.get(name) as { from: number; instances: number }
    truth.ran(from, at.getTime(), instances)
    running.delete(name)
  }

  /** A reconciler's transaction: it may be lost before it is committed, and told again after it was. */
  async function tell({ store }: MarketFixture, work: (tx: Transaction) => Promise<void>): Promise<void> {
    for (let done = false; !done; ) {
      const lost = chance(0.05)
      const outcome = store.transaction(async tx => {
        await work(tx)
        if (lost) throw new Error(`crash ${++crashes}`)
      })
      done = await outcome.then(
        () => !chance(0.05),
        () => false,
      )
    }
  }

  /** What is written is carried over; or the process dies first, or after the database has it and before the file is gone. */
  async function fold(): Promise<void> {
    await Promise.all(counting.splice(0))
    const [counted] = readdirSync(directory)
    const kept = join(tmpdir(), `modelmart-${process.pid}-kept`)
    const again = counted !== undefined && chance(0.2)
    if (again) copyFileSync(join(directory, counted), kept)
    await journal.fold().catch(() => {})
    if (again) {
      copyFileSync(kept, join(directory, counted))
      rmSync(kept)
    }
    if (again || chance(0.3)) journal = await openMeteringJournal(parts)
  }
}
