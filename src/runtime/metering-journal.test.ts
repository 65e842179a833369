import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { appendFile, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { pino } from 'pino'
import { systemClock, useClock } from '../ground/clock.ts'
import type { InferenceCount, Market, UsageSubject } from '../service/market.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { mostUnits } from './inference-metering.ts'
import { openJournalDirectory } from './journal-directory.ts'
import { createJournalFile, type JournalDisk } from './journal-file.ts'
import { journalLine, journalLines, parseJournalLine } from './journal-line.ts'
import { countIn, openMeteringJournal } from './metering-journal.ts'

const subject = (name: string): UsageSubject => ({
  account: '111122223333',
  region: 'us-east-1',
  productArn: 'arn:aws:sagemaker:us-east-1:865070037744:model-package/sold',
  resourceArn: `arn:aws:sagemaker:us-east-1:111122223333:endpoint/${name}`,
})

const nobodys = 'nobodys'

/** The market's port, with facts in memory: a batch of a journal counts once, and one resource never bought anything. */
function ledger() {
  const counted = new Map<string, number>()
  const facts: InferenceCount[] = []
  const state = { broken: false, batches: 0 }
  const market: Pick<Market, 'inferencesCounted'> = {
    async inferencesCounted(_, { journal, number }, counts) {
      state.batches++
      if (state.broken) throw new Error('the store is away')
      const good = counts.filter(({ resourceArn }) => !resourceArn.endsWith(nobodys))
      if ((counted.get(journal) ?? 0) < number) facts.push(...good)
      counted.set(journal, Math.max(number, counted.get(journal) ?? 0))
      return counts.filter(count => !good.includes(count)).map(({ resourceArn }) => `${resourceArn} has no agreement`)
    },
  }
  const units = (name: string) =>
    facts.filter(fact => fact.resourceArn === subject(name).resourceArn).reduce((sum, fact) => sum + fact.units, 0n)
  return { market, facts, state, units }
}

async function place() {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-journal-'))
  const store = await openTestStore(':memory:')
  const told: { file: string; reasons: string[] }[] = []
  const log = pino({ base: null }, { write: line => void told.push(JSON.parse(line)) })
  after(async () => {
    await store.close()
    await rm(directory, { recursive: true })
  })
  const open = (market: Pick<Market, 'inferencesCounted'>) =>
    openMeteringJournal({ directory, count: countIn(store, market), log })
  const files = async () => (await readdir(directory)).filter(name => name !== 'set-aside')
  return { directory, open, files, told, aside: join(directory, 'set-aside') }
}

test('what is recorded is summed by resource and minute, carried over once, and its file removed', async () => {
  const { open, files } = await place()
  const book = ledger()
  const journal = await open(book.market)
  await Promise.all([1, 2, 3].map(units => journal.record(subject('a'), units)))
  await journal.record(subject('b'), 5)
  assert.equal((await files()).length, 1)
  await journal.fold()
  await journal.fold()
  assert.deepEqual([book.units('a'), book.units('b')], [6n, 5n])
  assert.equal(book.facts.length, 2)
  assert.deepEqual(await files(), [])
  await journal.close()
})

test('an answer may go out when its line is on the disk, and not before', async () => {
  const { directory, open, files } = await place()
  const journal = await open(ledger().market)
  await journal.record(subject('a'), 7)
  const [name = ''] = await files()
  assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600)
  assert.match(await readFile(join(directory, name), 'utf8'), /^[\da-f]{8} \[.*endpoint\/a",7,\d+\]\n$/)
  await journal.close()
})

test('a killed process leaves its file to the next, which leaves out the line that was not whole', async () => {
  const { directory, open, files, told } = await place()
  const killed = await open(ledger().market)
  for (const units of [4, 5]) await killed.record(subject('a'), units)
  await appendFile(join(directory, (await files())[0] as string), '12345678 ["1111')
  const book = ledger()
  const next = await open(book.market)
  assert.equal(book.units('a'), 9n)
  assert.deepEqual(await files(), [])
  assert.deepEqual(told, [])
  await Promise.all([next.close(), killed.close()])
  assert.equal(book.units('a'), 9n)
})

test('a file that was counted before the crash counts once, in whatever order the next process finds things', async () => {
  const { directory, open, files } = await place()
  const book = ledger()
  const killed = await open(book.market)
  await killed.record(subject('a'), 4)
  const [name = ''] = await files()
  const kept = await readFile(join(directory, name))
  await killed.fold()
  await killed.record(subject('a'), 3)
  await writeFile(join(directory, name), kept)
  const next = await open(book.market)
  assert.equal(book.units('a'), 7n)
  await Promise.all([next.close(), killed.close()])
})

test('what could not be carried over is kept, and a second try counts it once with what came since', async () => {
  const { open, files } = await place()
  const book = ledger()
  const journal = await open(book.market)
  await journal.record(subject('a'), 7)
  book.state.broken = true
  await assert.rejects(journal.fold(), /the store is away/)
  await journal.record(subject('a'), 1)
  assert.equal((await files()).length, 2)
  book.state.broken = false
  await journal.fold()
  assert.equal(book.units('a'), 8n)
  await journal.close()
})

const damages: Readonly<Record<string, (line: string) => string | Buffer>> = {
  torn: line => line.slice(0, 40),
  'full of NULs': line => Buffer.alloc(line.length),
  'another number than was written': line => line.replace('",2,', '",9,'),
  'of another format': () => '{"account":"111122223333","units":3}',
  empty: () => '',
  'without an end for megabytes': () => Buffer.alloc(3 << 20, 'x'),
  'no text': () => Buffer.from([0xff, 0xfe, 0x80]),
}

for (const [what, damage] of Object.entries(damages))
  test(`a line that is ${what} is set aside and told; the others count, and the server starts`, async () => {
    const { directory, open, files, told, aside } = await place()
    const killed = await open(ledger().market)
    for (const units of [1, 2, 4]) await killed.record(subject('a'), units)
    const [name = ''] = await files()
    const lines = (await readFile(join(directory, name), 'utf8')).split('\n')
    const damaged = [`${lines[0]}\n`, damage(lines[1] as string), `\n${lines[2]}\n`].map(part => Buffer.from(part))
    await writeFile(join(directory, name), Buffer.concat(damaged))
    const book = ledger()
    const next = await open(book.market)
    assert.equal(book.units('a'), 5n)
    assert.deepEqual(
      told.map(({ file, reasons }) => [file, reasons]),
      [[join(aside, name), ['line 2 is damaged']]],
    )
    assert.deepEqual([await files(), await readdir(aside), next.setAside()], [[], [name], 1])
    await Promise.all([next.close(), killed.close()])
  })

test('what nobody can be charged for is set aside and told, once, and holds up nothing', async () => {
  const { open, files, told, aside } = await place()
  const book = ledger()
  const journal = await open(book.market)
  await journal.record(subject(nobodys), 3)
  await journal.record(subject('a'), 2)
  await journal.fold()
  await journal.fold()
  assert.deepEqual([book.units('a'), await files(), (await readdir(aside)).length], [2n, [], 1])
  assert.deepEqual(
    told.map(({ reasons }) => reasons),
    [[`${subject(nobodys).resourceArn} has no agreement`]],
  )
  await journal.close()
})

test('a file that is no journal, and one that cannot be read, hold up nothing', async () => {
  const { directory, open, told, aside } = await place()
  await writeFile(join(directory, 'notes.txt'), 'hello\n')
  await writeFile(join(directory, 'notes.jsonl'), journalLine(subject('a'), 3, 1))
  const killed = await open(ledger().market)
  await killed.record(subject('a'), 2)
  await mkdir(join(directory, '1-00000000-0000-0000-0000-000000000000-000000001.jsonl'))
  const book = ledger()
  const journal = await open(book.market)
  assert.equal(book.units('a'), 2n)
  assert.deepEqual(await readdir(aside), ['notes.jsonl', 'notes.txt'])
  assert.ok(told.some(({ reasons }) => reasons?.includes('its name is no journal’s')))
  await killed.close()
  await assert.rejects(journal.close(), /EISDIR/)
})

/** A clock that stands until it is moved, whose timers go off when they are asked to. */
function standingClock() {
  const state = { now: 0, disposed: 0 }
  const ticks: { ms: number; callback: () => void }[] = []
  const disposable = useClock({
    ...systemClock,
    now: () => state.now,
    every(ms, callback) {
      ticks.push({ ms, callback })
      return { [Symbol.dispose]: () => void state.disposed++ }
    },
  })
  return { state, ticks, [Symbol.dispose]: () => disposable[Symbol.dispose]() }
}

test('what is recorded within a minute is one count, at the time of the first; the next minute begins another', async () => {
  using standing = standingClock()
  const { open } = await place()
  const book = ledger()
  const journal = await open(book.market)
  for (const now of [60_000, 119_999, 120_000, 121_000]) {
    standing.state.now = now
    await journal.record(subject('a'), 2)
  }
  await journal.fold()
  assert.deepEqual(
    book.facts.map(({ time, units }) => [time, units]),
    [
      [60_000, 4n],
      [120_000, 4n],
    ],
  )
  await journal.close()
})

test('what is recorded is carried over every two seconds; nothing is asked of the store while there is nothing', async () => {
  using standing = standingClock()
  const { open, files } = await place()
  const book = ledger()
  const journal = await open(book.market)
  const [timer] = standing.ticks
  assert.equal(timer?.ms, 2000)
  timer?.callback()
  await journal.record(subject('a'), 2)
  timer?.callback()
  await journal.fold()
  assert.deepEqual([book.units('a'), book.state.batches], [2n, 1])
  book.state.broken = true
  await journal.record(subject('a'), 3)
  await assert.rejects(journal.fold())
  book.state.broken = false
  timer?.callback()
  await until(async () => (await files()).length === 0)
  assert.equal(book.units('a'), 5n)
  await journal.close()
  assert.equal(standing.state.disposed, 1)
})

/** Looks again until it is so; the test runner's patience is the bound. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise(setImmediate)
}

test('a file that holds up its journal lets others be counted, and what came after it follows in order', async () => {
  const { directory, open } = await place()
  const id = (digit: string) => `1-${digit.repeat(8)}-0000-0000-0000-000000000000`
  const line = (units: bigint) => journalLine(subject('a'), Number(units), 1)
  await mkdir(join(directory, `${id('a')}-000000001.jsonl`))
  await writeFile(join(directory, `${id('a')}-000000002.jsonl`), line(1n))
  await writeFile(join(directory, `${id('b')}-000000001.jsonl`), line(2n))
  const book = ledger()
  const journal = await open(book.market)
  assert.equal(book.units('a'), 2n)
  await rm(join(directory, `${id('a')}-000000001.jsonl`), { recursive: true })
  await writeFile(join(directory, `${id('a')}-000000001.jsonl`), line(4n))
  await journal.fold()
  assert.deepEqual(
    book.facts.map(({ units }) => units),
    [2n, 4n, 1n],
  )
  await journal.close()
})

test('a server starts where there is no place for the journal, and counts when there is one', async () => {
  const { directory } = await place()
  await writeFile(join(directory, 'file'), '')
  const book = ledger()
  const store = await openTestStore()
  const errors: unknown[] = []
  const log = { error: (what: unknown) => void errors.push(what) }
  const inside = join(directory, 'file', 'metering')
  const journal = await openMeteringJournal({ directory: inside, count: countIn(store, book.market), log })
  assert.equal(errors.length, 1)
  await assert.rejects(async () => journal.record(subject('a'), 1), { code: 'ENOTDIR' })
  await rm(join(directory, 'file'))
  await journal.fold()
  await journal.record(subject('a'), 2)
  await journal.fold()
  assert.equal(book.units('a'), 2n)
  await journal.close()
  await store.close()
})

test('what was written before a file broke counts, beside what came after it into another', async () => {
  const { directory, files } = await place()
  const book = ledger()
  const store = await openTestStore()
  const log = { error: () => {} }
  const real = openJournalDirectory(directory, { log })
  let full = false
  const create = async (name: string) => {
    const file = await open(join(directory, name), 'wx')
    return {
      ...{
        datasync: () => file.datasync(),
        truncate: (size?: number) => file.truncate(size),
        close: () => file.close(),
      },
      async appendFile(text: string) {
        if (full) throw new Error('the disk is full')
        await file.appendFile(text)
      },
    } as JournalDisk
  }
  const begin = (name: string) => createJournalFile(name, create)
  const journal = await openMeteringJournal({ directory, count: countIn(store, book.market), log }, { ...real, begin })
  await journal.record(subject('a'), 4)
  full = true
  await assert.rejects(async () => journal.record(subject('a'), 100), /disk is full/)
  full = false
  await journal.record(subject('a'), 2)
  assert.equal((await files()).length, 2)
  await journal.fold()
  assert.equal(book.units('a'), 6n)
  await journal.close()
  await store.close()
})

test('what a process left is looked for again, by itself, where it could not be looked for at the start', async () => {
  using standing = standingClock()
  const { directory, open } = await place()
  const killed = await open(ledger().market)
  await killed.record(subject('a'), 4)
  const log = { error: () => {} }
  const real = openJournalDirectory(directory, { log })
  let away = true
  const names = async () => {
    if (away) throw new Error('the disk is away')
    return real.names()
  }
  const book = ledger()
  const store = await openTestStore()
  const journal = await openMeteringJournal({ directory, count: countIn(store, book.market), log }, { ...real, names })
  assert.equal(book.units('a'), 0n)
  away = false
  standing.ticks.at(-1)?.callback()
  await until(async () => book.units('a') === 4n)
  await Promise.all([journal.close(), killed.close()])
  await store.close()
})

test('a line reads as it was written, for whatever is counted', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 300 })
  const units = fc.bigInt({ min: 0n, max: BigInt(mostUnits) })
  const time = fc.integer({ min: 0, max: 8_640_000_000_000_000 })
  const parts = { account: text, region: text, productArn: text, resourceArn: text, units, time }
  const given = fc.record(parts, { noNullPrototype: true })
  fc.assert(
    fc.property(given, count =>
      assert.deepEqual(parseJournalLine(journalLine(count, Number(count.units), count.time).slice(0, -1)), count),
    ),
  )
})

test('lines are found with their numbers however the file is cut into pieces', async () => {
  const { directory } = await place()
  const path = join(directory, 'lines')
  const wanted = [...Array(3000)].map((_, index) => `${index}`.repeat(index % 40))
  wanted[1000] = 'x'.repeat(4096)
  wanted[2000] = 'x'.repeat(4097)
  wanted[2500] = 'x'.repeat(200_000)
  await writeFile(path, `${wanted.join('\n')}\nrest`)
  const found: (readonly [number, string | undefined])[] = []
  for await (const line of journalLines(createReadStream(path))) found.push(line)
  assert.deepEqual(
    found.filter(([, line]) => line === undefined).map(([number]) => number),
    [2001, 2501],
  )
  for (const [number, line] of found) if (line !== undefined) assert.equal(line, wanted[number - 1])
  assert.equal(found.length, 3000)
})
