import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
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

const foldMs = 2000

/**
 * A journal of small files: the open one takes records, closed ones are summed into the database and removed. A file's name is the
 * source of its facts, so a file that is summed again after a crash counts once.
 */
export async function openMeteringJournal(directory: string, store: Store, market: Market): Promise<MeteringJournal> {
  mkdirSync(directory, { recursive: true })
  let open: { name: string; fd: number } | undefined
  let folding: Promise<void> = Promise.resolve()
  let serial = 0

  function record(subject: UsageSubject, dimension: string, units: number): void {
    open ??= create()
    const entry: Entry = { ...subject, dimension, units, time: Date.now() }
    writeSync(open.fd, `${JSON.stringify(entry)}\n`)
  }

  function create(): { name: string; fd: number } {
    const name = `${Date.now()}-${process.pid}-${serial++}.jsonl`
    return { name, fd: openSync(join(directory, name), 'ax', 0o600) }
  }

  async function foldAll(): Promise<void> {
    if (open) closeSync(open.fd)
    open = undefined
    for (const name of (await readdir(directory)).sort()) if (name !== openName()) await foldFile(name)
  }

  const openName = () => (open as { name: string } | undefined)?.name

  async function foldFile(name: string): Promise<void> {
    const lines = (await readFile(join(directory, name), 'utf8')).split('\n')
    // What follows the last line end was never acknowledged.
    const entries = lines.slice(0, -1).map(line => JSON.parse(line) as Entry)
    await store.transaction(async tx => {
      for (const [source, { units, time, dimension, ...subject }] of sums(entries))
        await market.inferencesCounted(tx, subject, dimension, units, `${name} ${source}`, new Date(time))
    })
    await rm(join(directory, name))
  }

  const fold = () => (folding = folding.catch(() => {}).then(foldAll))
  await fold()
  const timer = setInterval(() => void (open && fold().catch(() => {})), foldMs)
  return {
    record,
    fold,
    async close() {
      clearInterval(timer)
      await fold()
    },
  }
}

/** One entry for each resource, product, dimension and minute. */
function sums(entries: readonly Entry[]): Map<string, Entry> {
  const found = new Map<string, Entry>()
  for (const entry of entries) {
    const key = [entry.resourceArn, entry.productArn, entry.dimension, Math.floor(entry.time / 60_000)].join(' ')
    const before = found.get(key)
    found.set(key, before ? { ...before, units: before.units + entry.units } : entry)
  }
  return found
}
