import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { InputSketch } from '../../service/product-inputs.ts'
import { type InputRecord, recordsOf } from '../../workload/input-record.ts'
import { createCounts, sketchOf } from '../../workload/input-sketch.ts'
import { commonLevel, type DriftLevel, distanceOf, fewestRecords, levelOf, votesOf } from './drift-level.ts'
import { createTally, type Votes } from './vote-tally.ts'

const records = (rows: readonly string[]): InputRecord[] => [...recordsOf(Buffer.from(rows.join('\n')), 'text/csv')]

/** The same numbers in every run. */
function drawn(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function distancesOf(sketch: InputSketch, rows: readonly InputRecord[]): number[] {
  const counts = createCounts(sketch)
  rows.forEach(counts.add)
  return sketch.columns.map((column, at) => distanceOf(column, sketch.records, counts.of(at), rows.length))
}

/** Of accounts with one endpoint each. */
function toldOf(votes: readonly Votes[]) {
  const tally = createTally()
  votes.forEach((vote, account) => {
    tally.add(String(account), vote)
  })
  return tally.told()
}

const random = drawn(1)
const row = (shift = 0) => `${(random() + shift).toFixed(4)},${random() < 0.5 ? 'red' : 'blue'}`
const rowsOf = (count: number, shift = 0) => Array.from({ length: count }, () => row(shift))
const sketch = sketchOf(records(rowsOf(300))) ?? assert.fail('no sketch')

it('draws of the same are told apart by nothing, others by the column in which they differ', () => {
  const levels = (rows: readonly string[]) =>
    Object.fromEntries(
      distancesOf(sketch, records(rows)).map((distance, at) => [sketch.columns[at]?.name, levelOf(distance)]),
    )
  for (let time = 0; time < 50; time++)
    assert.deepEqual(Object.values(levels(rowsOf(200))), ['NONE', 'NONE', 'NONE', 'NONE'])
  assert.deepEqual(levels(rowsOf(200, 0.3)), { '#bytes': 'NONE', '#columns': 'NONE', '0': 'MODERATE', '1': 'NONE' })
  assert.deepEqual(levels(rowsOf(200, 1)), { '#bytes': 'NONE', '#columns': 'NONE', '0': 'LARGE', '1': 'NONE' })
  const others = rowsOf(200).map(line => line.replace(/red|blue/, 'green'))
  assert.deepEqual(levels(others)['1'], 'LARGE')
  assert.equal(levels(rowsOf(200).map(line => `${line},more`))['#columns'], 'LARGE')
})

const anyRow = fc.oneof(
  fc
    .tuple(fc.double({ min: -2, max: 3, noNaN: true }), fc.constantFrom('red', 'blue', 'green', ''))
    .map(pair => pair.join()),
  fc.constantFrom('', 'x', '1,2,3,4', ',', `9,${'long '.repeat(20)}`),
)
const filled = anyRow.map(line => line || ',')

it('one record in the place of another moves no distance by more than one in so many', () => {
  fc.assert(
    fc.property(fc.array(filled, { minLength: 200, maxLength: 260 }), filled, (rows, instead) => {
      const before = distancesOf(sketch, records(rows))
      const after = distancesOf(sketch, records([instead, ...rows.slice(1)]))
      before.forEach((distance, at) => {
        assert.ok(Math.abs(distance - (after[at] as number)) <= 1 / rows.length + 1e-12)
      })
    }),
    { numRuns: 100 },
  )
})

const grid = 100_000

/** How likely each level of a column is, of all draws: `votesOf` is asked at points that are as likely as each other. */
function likelihoods(distance: number, columns: number, count: number): Readonly<Record<DriftLevel, number>> {
  const told = { NONE: 0, MODERATE: 0, LARGE: 0 }
  // Levels rise with the draw: where they change is found by halves.
  const distances = Array<number>(columns).fill(distance)
  const at = (point: number) => votesOf(distances, count, () => (point + 0.5) / grid)[0] as DriftLevel
  const first = (is: (level: DriftLevel) => boolean) => {
    let [low, high] = [0, grid]
    while (low < high) {
      const middle = (low + high) >> 1
      if (is(at(middle))) high = middle
      else low = middle + 1
    }
    return low
  }
  const [moderate, large] = [first(level => level !== 'NONE'), first(level => level === 'LARGE')]
  return { ...told, NONE: moderate / grid, MODERATE: (large - moderate) / grid, LARGE: (grid - large) / grid }
}

const levels = ['NONE', 'MODERATE', 'LARGE'] as const

it('who knows every record but one, and all votes, is told by no outcome more than e times as likely which of two it was', () => {
  let worst = 0
  fc.assert(
    fc.property(
      // Rows that lie about each threshold, which is where one record counts.
      fc.array(filled, { minLength: 200, maxLength: 200 }),
      fc.integer({ min: 0, max: 200 }),
      filled,
      filled,
      (odd, share, one, other) => {
        const known = [...odd.slice(0, share), ...rowsOf(200 - share)].slice(0, 199)
        const [before, after] = [one, other].map(last => distancesOf(sketch, records([...known, last])))
        const ratios = (before as number[]).map((distance, at) => {
          const [p, q] = [distance, after?.[at] as number].map(each => likelihoods(each, sketch.columns.length, 200))
          return Math.max(
            ...levels.map(level =>
              Math.abs(Math.log((p?.[level] ?? 0) + 1 / grid) - Math.log((q?.[level] ?? 0) + 1 / grid)),
            ),
          )
        })
        const together = ratios.reduce((sum, ratio) => sum + ratio, 0)
        worst = Math.max(worst, together)
        assert.ok(together <= 1.01, `${together}: e to this power`)
      },
    ),
    { numRuns: 150 },
  )
  assert.ok(worst > 0.2, `the records that were tried told of nothing: ${worst}`)
})

it('a record is not rebuilt of what a seller is told: the best guess of 32 is right hardly more often than by chance', () => {
  const candidates = Array.from({ length: 32 }, (_, at) => `${(at - 8) / 16},${['red', 'blue', 'green', ''][at % 4]}`)
  const chance = drawn(2)
  // Whoever attacks has chosen the others: both columns stand where one record more or less changes their level.
  const known = atThresholds()
  const outcomes = candidates.map(candidate => distancesOf(sketch, records([...known, candidate])))
  const noisy = outcomes.map(distances =>
    distances.map(distance => likelihoods(distance, distances.length, known.length + 1)),
  )
  const guessOf = (votes: readonly DriftLevel[]) => {
    const scores = noisy.map(columns => columns.reduce((product, of, at) => product * of[votes[at] as DriftLevel], 1))
    return scores.indexOf(Math.max(...scores))
  }
  const tries = 3000
  let right = 0
  let seen = 0
  for (let time = 0; time < tries; time++) {
    const secret = Math.floor(chance() * candidates.length)
    const votes = votesOf(outcomes[secret] as number[], known.length + 1, chance)
    if (guessOf(votes) === secret) right++
    // The four other buyers are the attacker's own, and their votes whatever serves best.
    const names = sketch.columns.map(({ name }) => name)
    const named = (of: readonly DriftLevel[]) =>
      Object.fromEntries(names.map((name, at) => [name, of[at] as DriftLevel]))
    const mine = (['LARGE', 'LARGE', 'NONE', 'NONE'] as const).map(level => named(names.map(() => level)))
    const { accounts, levels: told } = toldOf([named(votes), ...mine])
    assert.equal(accounts, 5)
    if (guessOf(names.map(name => told[name] as DriftLevel)) === secret) seen++
  }
  const bound = Math.E / candidates.length + 3 * Math.sqrt(0.085 / tries)
  assert.ok(right / tries < bound && seen / tries < bound, `${right} and ${seen} of ${tries}`)
  // The attack is one: exact distances say more than what is told may.
  const exact = new Set(outcomes.map(String)).size
  assert.ok(exact / candidates.length > bound, `exact distances tell ${exact} of ${candidates.length} apart`)
  assert.ok(new Set(outcomes.map(distances => distances.map(levelOf).join())).size > 1, 'exact levels tell nothing')
})

/** 199 rows of which one more, below the least number or not, makes the difference between two levels. */
function atThresholds(): string[] {
  const rows = rowsOf(199)
  const below = (count: number) => rows.map((line, at) => (at < count ? line.replace(/^[^,]*/, '-5') : line))
  const column = sketch.columns.findIndex(({ name }) => name === '0')
  const level = (count: number, last: string) =>
    levelOf(distancesOf(sketch, records([...below(count), last]))[column] as number)
  for (let count = 0; count < 199; count++) if (level(count, '-1,red') !== level(count, '0.5,red')) return below(count)
  return assert.fail('no threshold')
}

it('wide records need more of them, and half of the buyers say what is common', () => {
  assert.equal(fewestRecords(sketch), 200)
  const wide = { records: 50, columns: Array.from({ length: 100 }, (_, at) => ({ name: String(at), counts: [50] })) }
  assert.equal(fewestRecords(wide), 2000)
  assert.equal(commonLevel({ LARGE: 3, MODERATE: 0, NONE: 2 }), 'LARGE')
  assert.equal(commonLevel({ LARGE: 2, MODERATE: 0, NONE: 3 }), 'NONE')
  assert.equal(commonLevel({ LARGE: 1, MODERATE: 2, NONE: 3 }), 'MODERATE')
  assert.deepEqual(toldOf(Array(4).fill({ a: 'LARGE' })), { accounts: 0, levels: {} })
  assert.deepEqual(toldOf(Array(9).fill({ a: 'LARGE' })), { accounts: 5, levels: { a: 'LARGE' } })
})

it('an account has one vote a column, the highest of all that it runs', () => {
  const tally = createTally()
  for (const account of ['1', '2', '3', '4', '5'])
    for (const level of ['NONE', account < '4' ? 'LARGE' : 'NONE', 'MODERATE'] as const)
      tally.add(account, { a: level })
  assert.deepEqual(tally.told(), { accounts: 5, levels: { a: 'LARGE' } })
})
