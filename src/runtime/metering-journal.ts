import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { Market, UsageSubject } from '../service/market.ts'
import type { Store } from '../store/store.ts'

/** Counts inferences of subscribed products, exactly once, without a database on the way of an answer. */
export interface MeteringJournal {
  /** Written to a file before it returns, so that killing the server does not lose it; answer the caller after this. */
  record(subject: UsageSubject, dimension: string, units: number): void
  /** Carries what is written into the market's facts. */
  fold(): Promise<void>
  close(): Promise<void>
}

interface Entry extends UsageSubject {
  readonly dimension: string
  readonly units: number
  readonly time: number
}

/** One entry for each resource, product, dimension and minute. */
type Sums = Map<string, Entry>

interface JournalFile {
  readonly name: string
  readonly fd: number
  readonly sums: Sums
}

const foldMs = 2000

/**
 * A journal of small files: the open one takes records, closed ones are summed into the database and removed. A file's name is the
 * source of its facts, so a file that is summed again after a crash counts once. Only files of before a start are read; what this
 * process has written it has summed on the way.
 */
export async function openMeteringJournal(directory: string, store: Store, market: Market): Promise<MeteringJournal> {
  mkdirSync(directory, { recursive: true })
  let open: JournalFile | undefined
  const written = new Map<string, Sums>()
  let folding: Promise<void> = Promise.resolve()

  function record(subject: UsageSubject, dimension: string, units: number): void {
    open ??= create()
    const entry: Entry = { ...subject, dimension, units, time: clock.now() }
    writeSync(open.fd, `${JSON.stringify(entry)}\n`)
    add(open.sums, entry)
  }

  function create(): JournalFile {
    // Never a name that was: clocks go back, processes have the same number again, and a known source counts for nothing.
    const name = `${clock.now()}-${randomness.uuid()}.jsonl`
    const file = { name, fd: openSync(join(directory, name), 'ax', 0o600), sums: new Map() }
    written.set(name, file.sums)
    return file
  }

  async function foldAll(): Promise<void> {
    if (open) closeSync(open.fd)
    open = undefined
    for (const name of (await readdir(directory)).sort()) if (name !== openName()) await foldFile(name)
  }

  const openName = () => (open as JournalFile | undefined)?.name

  async function foldFile(name: string): Promise<void> {
    const sums = written.get(name) ?? (await readSums(join(directory, name)))
    await store.transaction(async tx => {
      for (const [source, { units, time, dimension, ...subject }] of sums)
        await market.inferencesCounted(tx, subject, dimension, units, `${name} ${source}`, new Date(time))
    })
    await rm(join(directory, name))
    written.delete(name)
  }

  const fold = () => (folding = folding.catch(() => {}).then(foldAll))
  await fold()
  const timer = clock.every(foldMs, () => void (open && fold().catch(() => {})))
  return {
    record,
    fold,
    async close() {
      timer[Symbol.dispose]()
      await fold()
    },
  }
}

async function readSums(path: string): Promise<Sums> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  const sums: Sums = new Map()
  // What follows the last line end was never acknowledged.
  for (const line of lines.slice(0, -1)) add(sums, JSON.parse(line))
  return sums
}

function add(sums: Sums, entry: Entry): void {
  const { resourceArn, productArn, dimension, time, units } = entry
  const key = `${resourceArn} ${productArn} ${dimension} ${Math.floor(time / 60_000)}`
  const before = sums.get(key)
  sums.set(key, before ? { ...before, units: before.units + units } : entry)
}
