import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock, useClock } from '../ground/clock.ts'
import { buyer, openMarketFixture } from '../marketplace/market.fixture.ts'
import {
  buy,
  entitledArn,
  openShop,
  passUntil,
  rates,
  trialOf,
  usagePricing,
} from '../marketplace/market-story.fixture.ts'
import { openDataStore } from '../store/store.fixture.ts'
import { runCommand } from './command.fixture.ts'

test('modelmart agreement refund-conversion gives back the week after a trial, once, and says why there is nothing to give', async context => {
  const data = await mkdtemp(join(tmpdir(), 'modelmart-agreement-'))
  // The house stands for a running server: the command opens the same directory beside it.
  const house = await openMarketFixture(await openDataStore(data))
  context.after(async () => {
    await house.store.close()
    await rm(data, { recursive: true })
  })
  using _ = useClock({ ...systemClock, now: () => house.clock.time })
  const refund = (id: string) => runCommand(data, 'agreement', 'refund-conversion', id)
  const { offer } = await openShop(house, usagePricing(rates, [trialOf()]))
  const agreementId = await buy(house, offer)
  const said = await refund(agreementId)
  assert.deepEqual([said.code, said.out], [1, ''])
  assert.match(said.err, /Nothing was charged in the seven days/)
  assert.match((await refund('agmt-none')).err, /There is no agreement agmt-none/)

  // The trial ends at noon of the 4th: two hours after it, at 0.25 each.
  await passUntil(house, '2026-12-04T12:00:00Z')
  const productArn = await entitledArn(house, agreementId)
  const subject = { account: buyer, region: 'us-east-1', resourceArn: 'endpoint/1', productArn }
  await house.store.transaction(tx => house.market.usageStarted(tx, subject, 'ml.m5.large.m.i.r', 1, house.now()))
  await passUntil(house, '2026-12-04T14:00:00Z')
  await house.store.transaction(tx => house.market.usageStopped(tx, 'endpoint/1', house.now()))
  assert.match((await refund(agreementId)).err, /not invoiced yet: try again from 2027-01-01/)
  await passUntil(house, '2027-01-01T00:00:01Z')
  assert.deepEqual(await refund(agreementId), { out: '0.50 USD given back\n', err: '', code: 0 })
  assert.match((await refund(agreementId)).err, /was refunded with ba-/)
})
