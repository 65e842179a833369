import assert from 'node:assert/strict'
import { buyer, type MarketFixture, openMarketFixture, seller } from './market.fixture.ts'

export interface Heard {
  readonly account: string
  readonly source: string
  readonly type: string
  readonly resource: string
  // biome-ignore lint/suspicious/noExplicitAny: each event has a detail of its own
  readonly detail: any
}

/** For tests: a market in which both sides listen. */
export async function openEars() {
  const house = await openMarketFixture()
  for (const account of [seller, buyer])
    await house.store.db
      .insertInto('event_bus')
      .values({ account, region: 'us-east-1', listening: 1, last_seq: 0 })
      .execute()
  return house
}

/** What was announced since it was asked the last time, in each account's order. */
export async function heard({ store }: MarketFixture): Promise<Heard[]> {
  const rows = await store.db.selectFrom('event').select(['account', 'body', 'seq']).execute()
  await store.db.deleteFrom('event').execute()
  const inOrder = rows.toSorted((a, b) => a.account.localeCompare(b.account) || a.seq - b.seq)
  return inOrder.map(({ body }) => {
    const { account, source, resources, detail, ...rest } = JSON.parse(body)
    assert.match(detail.requestId, /^[\da-f-]{36}$/)
    assert.equal(detail.catalog, 'AWSMarketplace')
    return { account, source, type: rest['detail-type'], resource: resources[0], detail }
  })
}

export const typesOf = (events: readonly Heard[], account: string) =>
  events.filter(event => event.account === account).map(({ type }) => type)
