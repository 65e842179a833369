import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { buyer, openMarketFixture } from '../market.fixture.ts'
import { buy, entitledArn, openShop, trialOf, usagePricing } from '../market-story.fixture.ts'
import { reconcileCharges } from './reconciliation.ts'

const hour = 3_600_000
const day = 24 * hour
const training = 'ml.m5.large.a.t'

describe('usage of months, of parts of months, of short runs and of long ones', () => {
  it('comes to what a count minute by minute finds, whenever one looks', async () => {
    const run = fc.record({
      started: fc.integer({ min: -5 * day, max: 100 * day }),
      length: fc.oneof(
        fc.integer({ min: 0, max: 3 * hour }),
        fc.integer({ min: 0, max: 2 * day }),
        fc.integer({ min: 29 * day, max: 70 * day }),
        fc.constant(31 * day),
      ),
      instances: fc.integer({ min: 1, max: 4 }),
    })
    const property = fc.asyncProperty(
      fc.array(run, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 0, max: 200 * day }), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (runs, looks, trial) => {
        const house = await openMarketFixture()
        const { offer } = await openShop(house, usagePricing(undefined, trial ? [trialOf(50)] : []))
        const productArn = await entitledArn(house, await buy(house, offer))
        const begin = house.clock.time
        for (const [index, { started, length, instances }] of runs.entries()) {
          const subject = { account: buyer, region: 'us-east-1', productArn, resourceArn: `job/${index}` }
          await house.store.transaction(async tx => {
            await house.market.usageStarted(tx, subject, training, instances, new Date(begin + started))
            if (index % 4 < 3)
              await house.market.usageStopped(tx, subject.resourceArn, new Date(begin + started + length))
          })
        }
        for (const look of looks.sort((one, other) => one - other)) {
          const { differences } = await reconcileCharges(house.store, begin + look)
          assert.deepEqual(differences, [])
        }
        await house.store.close()
      },
    )
    await fc.assert(property, { numRuns: 15 })
  })
})
