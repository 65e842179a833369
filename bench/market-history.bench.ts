import { addRun } from '../src/marketplace/billing/month-sum.ts'
import { buyer, type MarketFixture, openMarketFixture, seller } from '../src/marketplace/market.fixture.ts'
import { buy, entitledArn, openShop, usagePricing } from '../src/marketplace/market-story.fixture.ts'
import type { Bench, Figure } from './bench.ts'
import { timedWithHold } from './held.ts'

const hour = 3_600_000
const day = 24 * hour
const rounds = 3

interface History {
  readonly work: string
  /** Grown by 1, 10 and 100. */
  readonly size: number
  /** So many times as large an answer at 100 times the size. */
  readonly answer: number
  fill(shop: Shop, count: number): Promise<void>
  ask(shop: Shop): Promise<unknown>
}

/** What a bill, a report and a list cost as the history behind them grows, and for how long one of them holds everybody else. */
export const marketHistoryBench: Bench = {
  name: 'market-history',
  async run({ full }) {
    const figures: Figure[] = []
    for (const { work, size, answer, fill, ask } of histories) {
      const sizes = [1, 10, 100].map(times => (times * size) / (full ? 1 : 10))
      const taken: number[][] = []
      let held: number[] = []
      for (const count of sizes) {
        const shop = await openHistory()
        await fill(shop, count)
        await ask(shop)
        const measured: number[] = []
        held = []
        taken.push(measured)
        for (let round = 0; round < rounds; round++) {
          const { ms, heldMs } = await timedWithHold(() => ask(shop))
          measured.push(ms)
          held.push(heldMs)
        }
        await shop.house.store.close()
      }
      const [one = [], , hundred = []] = taken
      const largest = sizes[2]?.toLocaleString('en-US')
      figures.push(
        {
          work: `${work} of ${largest}`,
          against: `of ${sizes[0]?.toLocaleString('en-US')}`,
          ...{ unit: 'ms', ours: hundred, theirs: one, judged: 'ratio', atMost: 1.5 * answer },
        },
        {
          work: `${work} of ${largest}: the longest that others wait`,
          unit: 'ms',
          ours: held,
          judged: 'value',
          atMost: 50,
        },
      )
    }
    return figures
  },
}

interface Shop {
  readonly house: MarketFixture
  readonly agreement: string
  readonly product: string
  readonly arn: string
}

async function openHistory(): Promise<Shop> {
  const house = await openMarketFixture()
  const { product, offer } = await openShop(house, usagePricing())
  const agreement = await buy(house, offer)
  return { house, product, agreement, arn: await entitledArn(house, agreement) }
}

const report = (house: MarketFixture) => {
  const billingPeriod = { year: 2026, month: 11 }
  const destination = { bucket: seller }
  return house.as(seller)('reports', 'CreateReport', { reportType: 'SELLER_USAGE', billingPeriod, destination })
}

const charges = ({ house, agreement: agreementId }: Shop) =>
  house.as(buyer)('agreement', 'ListAgreementCharges', { agreementId })

const histories: readonly History[] = [
  {
    ...{ work: 'CreateReport, agreements', size: 100, answer: 100 },
    fill: cloneAgreements,
    ask: ({ house }) => report(house),
  },
  {
    ...{ work: 'ListAgreementCharges, a page, agreements', size: 100, answer: 1 },
    fill: (shop, count) => cloneAgreements(shop, count, buyer),
    ask: ({ house }) => house.as(buyer)('agreement', 'ListAgreementCharges', {}),
  },
  {
    ...{ work: 'ListAgreementCharges of a year, hours with inferences', size: 90, answer: 2 },
    fill: fillInferences,
    ask: charges,
  },
  {
    ...{ work: 'ListAgreementCharges of a year, jobs', size: 1000, answer: 2 },
    fill: fillJobs,
    ask: charges,
  },
]

/** As many buyers with an agreement and an hour of training each, or one with as many agreements. */
async function cloneAgreements({ house, agreement, arn }: Shop, count: number, one?: string): Promise<void> {
  const { db } = house.store
  const row = await db.selectFrom('market_agreement').selectAll().where('id', '=', agreement).executeTakeFirstOrThrow()
  await house.store.transaction(async tx => {
    for (let index = 0; index < count; index++) {
      const account = one ?? String(500_000_000_000 + index)
      const at = row.accepted + (one ? index * hour : index)
      const times = { accepted: at, starts: at, covers_from: one ? at : 0 }
      await tx.db
        .insertInto('market_agreement')
        .values({ ...row, ...times, id: `agmt-${index}`, acceptor: account })
        .execute()
      const running = { resource_arn: `job/${index}`, product_arn: arn, dimension: 'ml.m5.large.a.t', instances: 1 }
      const place = { account, product: row.product, region: 'us-east-1', started: at, stopped: at + 60_000 }
      const run = { ...running, ...place }
      await tx.db.insertInto('market_running').values(run).execute()
      await addRun(tx.db, run)
    }
  })
  house.clock.time += one ? (count + 2) * hour : day
}

async function fillInferences({ house, product, arn }: Shop, count: number): Promise<void> {
  const begin = house.clock.time
  const subject = { account: buyer, region: 'us-east-1', productArn: arn }
  for (let index = 0; index < count; index++) {
    const time = begin + Math.floor((index / count) * 365 * day)
    const resourceArn = `endpoint/${index % 3}`
    await house.store.transaction(tx =>
      house.market.inferencesCounted(tx, { journal: product, number: index + 1 }, [
        { ...subject, resourceArn, units: 7n, time },
      ]),
    )
  }
  house.clock.time = begin + 366 * day
}

async function fillJobs({ house, product, arn }: Shop, count: number): Promise<void> {
  const begin = house.clock.time
  await house.store.transaction(async tx => {
    for (let index = 0; index < count; index++) {
      const started = begin + Math.floor((index / count) * 365 * day)
      const job = { resource_arn: `job/${index}`, product_arn: arn, dimension: 'ml.m5.large.a.t', instances: 2 }
      const place = { account: buyer, product, region: 'us-east-1', started, stopped: started + 2 * hour }
      const run = { ...job, ...place }
      await tx.db.insertInto('market_running').values(run).execute()
      await addRun(tx.db, run)
    }
  })
  house.clock.time = begin + 366 * day
}
