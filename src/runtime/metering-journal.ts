import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { CountBatch, InferenceCount, Market, UsageSubject } from '../service/market.ts'
import type { Store } from '../store/store.ts'
import { addInferences, type InferenceSums } from './inference-sums.ts'
import { type JournalDirectory, type MeteringSync, openJournalDirectory } from './journal-directory.ts'
import type { JournalFile } from './journal-file.ts'
import { journalLine, journalLines, parseJournalLine } from './journal-line.ts'

/** Counts inferences of subscribed products, exactly once. */
export interface MeteringJournal {
  /**
   * Undefined when it lasts, whatever becomes of this process; otherwise resolves then. Answer the caller after this. Throws or rejects when it could
   * not be written.
   */
  record(subject: UsageSubject, units: number): Promise<void> | undefined
  /** Carries what is written into the market's facts. */
  fold(): Promise<void>
  /** How many lines and counts were set aside since the start: nobody is charged for them. */
  setAside(): number
  close(): Promise<void>
}

export interface MeteringParts {
  /** The journal's own: no other process writes here. */
  readonly directory: string
  /** Makes facts of what a file comes to, durably, once for each of its names. Tells why counts were not taken. */
  readonly count: (batch: CountBatch, counts: readonly InferenceCount[]) => Promise<readonly string[]>
  readonly log: Pick<Logger, 'error'>
  /** `before` when absent. */
  readonly sync?: MeteringSync
  /** Whether anybody counts now: lines wait in their file meanwhile. */
  readonly isCounting?: () => boolean
}

/** Counts by a commit of its own. */
export const countIn =
  (store: Pick<Store, 'transaction'>, market: Pick<Market, 'inferencesCounted'>): MeteringParts['count'] =>
  (batch, counts) =>
    store.transaction(tx => market.inferencesCounted(tx, batch, counts))

/** A file that is not written to any more: what it comes to, and which of its lines say nothing. */
interface Counted {
  readonly sums: InferenceSums
  readonly damaged: readonly string[]
}

const foldMs = 2000
const nameFormat = /^(?<journal>\d+-[\da-f-]{36})-(?<number>\d{9})\.jsonl$/

/**
 * Without a database on the way of an answer. A journal of numbered files: the last one takes lines, those before are summed into the database, in their order, and removed. The
 * database knows which number it has, so that a file that is read again after a crash counts once. Only files of before a start are
 * read; what this process has written it has summed on the way. What is damaged, or cannot be counted, is told and its file kept in
 * `set-aside`: it holds up nothing else.
 */
export async function openMeteringJournal(
  { directory, count, log, sync = 'before', isCounting = () => true }: MeteringParts,
  files: JournalDirectory = openJournalDirectory(directory, { sync, log }),
): Promise<MeteringJournal> {
  // Never a name that was: clocks go back, and processes have the same number again.
  const journal = `${clock.now()}-${randomness.uuid()}`
  let number = 0
  let open: { readonly name: string; readonly file: JournalFile; readonly sums: InferenceSums } | undefined
  /** Files that nobody writes to, in their order, and how to count them. */
  const pending = new Map<string, () => Promise<Counted>>()
  let looked = false
  let setAside = 0
  let folding: Promise<void> = Promise.resolve()

  function record(subject: UsageSubject, units: number): Promise<void> | undefined {
    if (!open || open.file.broken) next()
    const { file, sums } = open as NonNullable<typeof open>
    const time = clock.now()
    const add = () => addInferences(sums, subject, BigInt(units), time)
    const writing = file.append(journalLine(subject, units, time))
    if (writing) return writing.then(add)
    add()
    return undefined
  }

  function next(): void {
    retire()
    const name = `${journal}-${String(++number).padStart(9, '0')}.jsonl`
    open = { name, file: files.begin(name), sums: new Map() }
  }

  /** Nothing more is written to the file that is open. */
  function retire(): void {
    if (!open) return
    const { name, file, sums } = open
    open = undefined
    const closed = file.close().catch(() => {})
    pending.set(name, () => closed.then(() => ({ sums, damaged: [] })))
  }

  async function findLeftovers(): Promise<void> {
    for (const name of (await files.names()).sort())
      if (name !== open?.name && !pending.has(name)) pending.set(name, () => readCounts(files.read(name)))
    looked = true
  }

  /** A file that cannot be read or counted now holds up those after it of its own journal, and no other. */
  async function foldAll(): Promise<void> {
    if (!looked) await findLeftovers()
    retire()
    const failed = new Map<string, unknown>()
    for (const [name, read] of pending) {
      const of = nameFormat.exec(name)?.groups?.journal ?? name
      if (failed.has(of)) continue
      try {
        await foldFile(name, await read())
        pending.delete(name)
      } catch (error) {
        failed.set(of, error)
      }
    }
    for (const error of failed.values()) throw error
  }

  async function foldFile(name: string, { sums, damaged }: Counted): Promise<void> {
    const batch = nameFormat.exec(name)?.groups as { journal: string; number: string } | undefined
    const refused =
      batch && sums.size > 0
        ? await count({ journal: batch.journal, number: Number(batch.number) }, [...sums.values()])
        : []
    const reasons = [...damaged, ...refused, ...(batch ? [] : ['its name is no journal’s'])]
    if (reasons.length > 0) await keepAside(name, reasons)
    else await files.remove(name)
  }

  async function keepAside(name: string, reasons: readonly string[]): Promise<void> {
    const file = await files.setAside(name)
    setAside += reasons.length
    log.error({ file, reasons: reasons.slice(0, 20), count: reasons.length }, told)
  }

  const fold = () => (folding = folding.catch(() => {}).then(foldAll))
  const tryFold = () => fold().catch(error => log.error({ err: error }, 'inferences are not counted yet; trying again'))
  if (isCounting()) await tryFold()
  const timer = clock.every(foldMs, () => void (isCounting() && (open || pending.size > 0 || !looked) && tryFold()))
  return {
    record,
    fold,
    setAside: () => setAside,
    async close() {
      timer[Symbol.dispose]()
      await fold()
    },
  }
}

const told = 'a metering journal has lines that count for nobody; the rest of it is counted, and the file is kept'

async function readCounts(chunks: AsyncIterable<Buffer>): Promise<Counted> {
  const sums: InferenceSums = new Map()
  const damaged: string[] = []
  for await (const [number, line] of journalLines(chunks)) {
    const count = line === undefined ? undefined : parseJournalLine(line)
    if (count) addInferences(sums, count, count.units, count.time)
    else damaged.push(`line ${number} is damaged`)
  }
  return { sums, damaged }
}
