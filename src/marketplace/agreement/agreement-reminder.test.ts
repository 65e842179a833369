import assert from 'node:assert/strict'
import { test } from 'node:test'
import { never } from '../../store/schema/market-columns.ts'
import { dueReminders, nextReminder, type Reminder, remindersOf } from './agreement-reminder.ts'

const day = 86_400_000
const starts = Date.UTC(2027, 0, 1)
const at = (days: number) => starts + days * day

const agreement = (change: object = {}, document: object = {}) =>
  ({ starts, ends: never, covers_from: 0, document: { terms: [], ...document }, ...change }) as never

const inDays = (reminders: readonly Reminder[]) =>
  reminders.map(({ what, at: time, days }) => [what, (time - starts) / day, ...(days === undefined ? [] : [days])])

const trial = { Type: 'FreeTrialPricingTerm', Duration: 'P14D', Grants: [] }
const renewal = { Type: 'RenewalTerm', LockoutPeriod: 'P15D' }

const table = [
  ['a buyer’s first agreement without an end', agreement(), [['review', 30]]],
  ['one that follows another', agreement({ covers_from: 1 }), []],
  ['one with a trial', agreement({ covers_from: 1 }, { terms: [trial] }), [['trial', 11]]],
  [
    'one of a year',
    agreement({ ends: at(365), covers_from: 1 }),
    [['ending', 185, 180], ['ending', 245, 120], ['ending', 275, 90], ['ending', 305, 60], ['ending', 335, 30]],
  ],
  [
    'one of seventy days whose renewal is decided fifteen before its end',
    agreement({ ends: at(70), covers_from: 1 }, { terms: [renewal] }),
    [['ending', 10, 60], ['ending', 40, 30], ['renewal', 55]],
  ],
  [
    'one whose seller may choose the next price until twenty days before its end',
    agreement({ ends: at(25), covers_from: 1 }, { terms: [{ ...renewal, AdjustmentDeadline: 'P20D' }] }),
    [['finalized', 5], ['renewal', 10]],
  ],
  ['one of thirty days: not at its begin', agreement({ ends: at(30), covers_from: 1 }), []],
] as const // biome-ignore format: a table

for (const [what, given, expected] of table)
  test(`${what} is told of in time`, () => assert.deepEqual(inDays(remindersOf(given)), expected))

test('each is told once, when its time has come', () => {
  const year = { ends: at(365), covers_from: 1 }
  assert.deepEqual(dueReminders(agreement(year), at(184)), [])
  assert.deepEqual(inDays(dueReminders(agreement(year), at(185))), [['ending', 185, 180]])
  assert.deepEqual(dueReminders(agreement(year, { reminded: at(185) }), at(244)), [])
  assert.equal(nextReminder(agreement(year), at(185)), at(245))
  assert.equal(nextReminder(agreement(year), at(335)), undefined)
})

test('of those that were missed the last of each kind is told', () => {
  const given = agreement({ ends: at(365) })
  assert.deepEqual(inDays(dueReminders(given, at(310))), [
    ['review', 30],
    ['ending', 305, 60],
  ])
})
