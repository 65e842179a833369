import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { fewest, percent, type Step, toldFunnel } from './funnel.ts'

const names = ['IMPRESSIONS', 'VISITS', 'SUBSCRIPTIONS', 'CONFIGURATIONS', 'LAUNCHES'] as const
const funnel = (...accounts: number[]): Step[] =>
  names.map((step, at) => ({ step, accounts: accounts[at] ?? 0, times: 3 * (accounts[at] ?? 0) }))

it('steps are told with their share of the step before, but none that fewer than five accounts took', () => {
  assert.deepEqual(toldFunnel(funnel(1000, 40, 5, 4, 7)), [
    { step: 'IMPRESSIONS', times: 3000, accounts: 1000 },
    { step: 'VISITS', times: 120, accounts: 40, conversion: '4.0' },
    { step: 'SUBSCRIPTIONS', times: 15, accounts: 5, conversion: '12.5' },
    { step: 'CONFIGURATIONS' },
    { step: 'LAUNCHES', times: 20, accounts: 5 },
  ])
  assert.equal(percent(2, 3), '66.7')
})

it('from what is told, no number below five follows, whatever the numbers', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 5, maxLength: 5 })
  fc.assert(
    fc.property(counts, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 }), (accounts, at, few) => {
      if ((accounts[at] as number) >= fewest) return
      const other = accounts.map((count, place) => (place === at ? few : count))
      assert.deepEqual(toldFunnel(funnel(...accounts)), toldFunnel(funnel(...other)))
    }),
  )
})

it('who asks again learns of five more at a time, and of no single one', () => {
  const told = (accounts: number) => toldFunnel(funnel(accounts))[0]
  for (let accounts = 5; accounts < 200; accounts++) {
    const [before, now] = [told(accounts - 1), told(accounts)]
    assert.ok((now?.accounts ?? 0) % 5 === 0 && (now?.times ?? 0) % 5 === 0)
    if (accounts % 5 !== 0) assert.equal(now?.accounts, before?.accounts)
  }
})
