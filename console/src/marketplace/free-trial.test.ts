import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { grantLeft, leastHoursLeft, type TrialGrant, trialDaysLeft } from './free-trial.ts'

const hours = (used: number, granted?: number): TrialGrant => ({
  ...{ dimensionKey: 'ml.m5.large.a.t', unit: 'hours', used },
  ...(granted !== undefined && { granted }),
})

describe('what is left of a trial', () => {
  it('is told by the day, of which the last counts', () => {
    const endsAt = Date.parse('2026-11-15T12:00:00Z') / 1000
    const left = (now: string) => trialDaysLeft({ endsAt, grants: [] }, new Date(now))
    assert.equal(left('2026-11-01T12:00:00Z'), 14)
    assert.equal(left('2026-11-14T13:00:00Z'), 1)
    assert.equal(left('2026-12-01T00:00:00Z'), 0)
    assert.equal(trialDaysLeft({ grants: [] }, new Date()), undefined)
  })

  it('is told of each dimension, and nothing less than nothing', () => {
    assert.equal(grantLeft(hours(0.3333, 2)), 1.67)
    assert.equal(grantLeft(hours(3, 2)), 0)
    assert.equal(grantLeft(hours(3)), undefined)
  })

  it('is the least of those by the hour', () => {
    const requests: TrialGrant = { dimensionKey: 'inference.count.m.i.c', unit: 'requests', granted: 1, used: 1 }
    assert.equal(leastHoursLeft({ grants: [hours(1, 10), hours(4, 10), hours(4), requests] }), 6)
    assert.equal(leastHoursLeft({ grants: [hours(4), requests] }), undefined)
  })
})
