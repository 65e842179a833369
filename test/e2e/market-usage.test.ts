import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseArgs } from 'node:util'
import { simulateUsage } from './market-usage.ts'

// `node test/e2e/market-usage.test.ts --facts 1000000` takes about a minute of the processor.
const { values } = parseArgs({ options: { facts: { type: 'string', default: '10000' } }, strict: false })
const facts = Number(values.facts)

describe(`${facts} usage facts told through crashes, retries and steps of the clock`, () => {
  it('come to the exact sum, on charges, on invoices and by the facts', async context => {
    const { crashes, expected, expectedCents, found } = await simulateUsage(facts)
    context.diagnostic(`${found.facts} rows, ${crashes} crashes, ${expected} USD`)
    assert.ok(crashes > facts / 100_000)
    assert.deepEqual(found.differences, [])
    assert.equal(found.charged, expected)
    assert.equal(found.invoiced, expectedCents)
  })
})
