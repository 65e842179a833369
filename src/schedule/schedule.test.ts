import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextTime, parseSchedule } from './schedule.ts'

const at = (text: string) => Date.parse(text)
const minute = 60_000

/** Each time after the one before, as ISO 8601 without the seconds. */
function times(schedule: string, after: string, count: number, zone?: string): string[] {
  const parsed = parseSchedule(schedule, zone)
  const found: string[] = []
  for (let last = at(after); found.length < count; ) {
    const next = nextTime(parsed, { from: at(after) }, last)
    if (next === undefined) break
    found.push(new Date(next).toISOString().slice(0, 16))
    last = next
  }
  return found
}

// 2026-11-20 is a Friday.
const table: readonly (readonly [schedule: string, zone: string, ...times: string[]])[] = [
  ['at(2026-11-20T13:00:00)', 'UTC', '2026-11-20T13:00'],
  ['at(2026-11-20T11:00:00)', 'UTC'],
  ['at(2026-11-20T22:00:00)', 'Asia/Tokyo', '2026-11-20T13:00'],
  ['rate(5 minutes)', 'UTC', '2026-11-20T12:05', '2026-11-20T12:10'],
  ['rate(1 hour)', 'UTC', '2026-11-20T13:00', '2026-11-20T14:00'],
  ['rate(2 days)', 'UTC', '2026-11-22T12:00', '2026-11-24T12:00'],
  ['cron(0 10 * * ? *)', 'UTC', '2026-11-21T10:00', '2026-11-22T10:00'],
  ['cron(15 12 * * ? *)', 'UTC', '2026-11-20T12:15', '2026-11-21T12:15'],
  ['cron(0 18 ? * MON-FRI *)', 'UTC', '2026-11-20T18:00', '2026-11-23T18:00', '2026-11-24T18:00'],
  ['cron(0 8 1 * ? *)', 'UTC', '2026-12-01T08:00', '2027-01-01T08:00'],
  ['cron(0/15 12,14 * * ? *)', 'UTC', '2026-11-20T12:15', '2026-11-20T12:30', '2026-11-20T12:45', '2026-11-20T14:00'],
  ['cron(0 9 L * ? *)', 'UTC', '2026-11-30T09:00', '2026-12-31T09:00'],
  ['cron(0 9 ? * 6L *)', 'UTC', '2026-11-27T09:00', '2026-12-25T09:00'],
  ['cron(0 9 ? * 2#1 *)', 'UTC', '2026-12-07T09:00', '2027-01-04T09:00'],
  // 2026-11-28 is a Saturday, 2026-11-29 a Sunday; 2027-05-01 is a Saturday.
  ['cron(0 9 28W * ? *)', 'UTC', '2026-11-27T09:00', '2026-12-28T09:00'],
  ['cron(0 9 29W * ? *)', 'UTC', '2026-11-30T09:00', '2026-12-29T09:00'],
  ['cron(0 9 1W MAY ? *)', 'UTC', '2027-05-03T09:00'],
  ['cron(0 9 29 2 ? *)', 'UTC', '2028-02-29T09:00', '2032-02-29T09:00'],
  ['cron(0 9 * JAN,MAR ? 2027-2028)', 'UTC', '2027-01-01T09:00', '2027-01-02T09:00'],
  ['cron(0 9 * * ? 2020)', 'UTC'],
  ['cron(30 2 * * ? *)', 'America/New_York', '2026-11-21T07:30', '2026-11-22T07:30'],
]
for (const [schedule, zone, ...expected] of table)
  test(`${schedule} in ${zone}: ${expected[0] ?? 'never again'}`, () =>
    assert.deepEqual(times(schedule, '2026-11-20T12:00:00Z', expected.length || 1, zone), expected))

test('a wall clock that leaps is followed: the same hour before and after', () => {
  const found = times('cron(0 12 * * ? *)', '2026-10-24T00:00:00Z', 2, 'Europe/Berlin')
  assert.deepEqual(found, ['2026-10-24T10:00', '2026-10-25T11:00'])
})

test('a time that the clock leaps over is not lost', () => {
  const [found = ''] = times('cron(30 2 * * ? *)', '2027-03-27T12:00:00Z', 1, 'Europe/Berlin')
  assert.ok(['2027-03-28T00:30', '2027-03-28T01:30'].includes(found), found)
})

test('nothing is due before the begin or after the end', () => {
  const schedule = parseSchedule('rate(1 hour)')
  const span = { from: at('2026-11-21T00:00:00Z'), until: at('2026-11-21T02:30:00Z') }
  assert.equal(nextTime(schedule, span, at('2026-11-20T00:00:00Z')), span.from)
  assert.equal(nextTime(schedule, span, at('2026-11-21T01:30:00Z')), at('2026-11-21T02:00:00Z'))
  assert.equal(nextTime(schedule, span, at('2026-11-21T02:00:00Z')), undefined)
})

const wrong = [
  ...['', 'at()', 'at(2026-11-20)', 'at(2026-02-30T00:00:00)', 'rate(0 minutes)', 'rate(1 minutes)', 'rate(5 minute)'],
  ...['rate(5 weeks)', 'cron(* * * *)', 'cron(60 * * * ? *)', 'cron(* 24 * * ? *)', 'cron(0 0 32 * ? *)'],
  ...['cron(0 0 1 13 ? *)', 'cron(0 0 ? * 8 *)', 'cron(0 0 ? * ? *)', 'cron(0 0 1 * 2 *)', 'cron(0 0 ? * 2#6 *)'],
  ...['cron(5-1 0 * * ? *)', 'cron(0/0 0 * * ? *)', 'cron(0 0 * * ? 1900)', 'cron(a 0 * * ? *)', 'every day'],
]
for (const text of wrong)
  test(`refused: ${text}`, () => assert.throws(() => parseSchedule(text), { code: 'ValidationException' }))

test('a zone that nobody knows is refused', () =>
  assert.throws(() => parseSchedule('rate(1 hour)', 'Mars/Olympus'), /Timezone Mars\/Olympus/))

test('what is due next is later than now and fits, whatever is asked', () => {
  const field = (most: number) => fc.oneof(fc.constant('*'), fc.integer({ min: 0, max: most }).map(String))
  fc.assert(
    fc.property(field(59), field(23), fc.integer({ min: 0, max: 3_000_000 }), (minutes, hours, after) => {
      const now = at('2026-01-01T00:00:00Z') + after * 1000
      const next = nextTime(parseSchedule(`cron(${minutes} ${hours} * * ? *)`), { from: 0 }, now) ?? 0
      const date = new Date(next)
      assert.ok(next > now && next - now <= 24 * 60 * minute, String(next))
      assert.ok(minutes === '*' || date.getUTCMinutes() === Number(minutes))
      assert.ok(hours === '*' || date.getUTCHours() === Number(hours))
    }),
  )
})
