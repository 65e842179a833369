import { ServiceError } from '../../ground/errors.ts'
import { randomness } from '../../ground/randomness.ts'
import { turns } from '../../ground/turns.ts'
import { createTurnstile } from '../../ground/turnstile.ts'
import { mostTries } from '../../reconcile/most-tries.ts'
import type { Reconciler } from '../../reconcile/reconciler.ts'
import type { InputSketch, ProductInputs } from '../../service/product-inputs.ts'
import type { InputWatchTable } from '../../store/schema/market-drift-tables.ts'
import type { Store } from '../../store/store.ts'
import { recordsOf } from '../../workload/input-record.ts'
import { createCounts } from '../../workload/input-sketch.ts'
import { tellBuyer } from './drift-event.ts'
import { type DriftLevel, distanceOf, fewestRecords, levelOf, votesOf } from './drift-level.ts'
import { driftKey, driftKind } from './input-drift.ts'
import { endWatch, findWatch } from './input-watch.ts'
import { settlesMs, toldAfterMs, windowMs } from './window.ts'

export interface DriftParts {
  readonly store: Store
  readonly inputs: ProductInputs
  readonly now: () => Date
}

/** Of a day: chance is small by then. */
const mostRecords = 20_000
const mostBytes = 64 * 1024 * 1024
const recordsATurn = 500
/** All days end at the same time, and each comparison may hold a line of what was captured. */
const comparedAtOnce = 2

/** What a day's inputs came to. */
export interface Compared {
  readonly asset: string
  readonly status: 'COMPARED' | 'TOO_FEW_RECORDS' | 'UNREADABLE' | 'NO_PRODUCT'
  readonly levels: Readonly<Record<string, DriftLevel>>
  readonly votes: Readonly<Record<string, DriftLevel>>
}

/** Compares a day of a variant's inputs when it is over, one day after the other, and ends with the endpoint. */
export const inputWatchReconciler = (parts: DriftParts): Reconciler => {
  const inTurn = createTurnstile(comparedAtOnce)
  return async (key, signal) => {
    const { store, inputs, now } = parts
    const [endpoint = '', variant = ''] = key.split(' ')
    const watch = await findWatch(store.db, endpoint, variant)
    if (!watch) return undefined
    const found = await inputs.find(endpoint, variant)
    if (found?.created !== watch.made) {
      await store.transaction(tx => endWatch(tx.db, endpoint, variant))
      return undefined
    }
    const left = watch.next + windowMs + settlesMs - now().getTime()
    if (left > 0) return { after: left }
    try {
      await save(watch, await inTurn(() => compare(watch, found, parts)), parts)
    } catch (error) {
      signal.throwIfAborted()
      await noteTry(watch, error, found.productArn, parts)
    }
    return { after: 0 }
  }
}

const nothing = { levels: {}, votes: {} }

/** A day that cannot be compared by a fault of the platform's is tried again; it keeps those behind it waiting, and not for ever. */
async function noteTry(watch: InputWatchTable, error: unknown, asset = '', parts: DriftParts): Promise<void> {
  const tries = watch.tries + 1
  if (tries >= mostTries) return save(watch, { asset, status: 'UNREADABLE', ...nothing }, parts)
  await parts.store.transaction(({ db }) =>
    db
      .updateTable('market_input_watch')
      .set({ tries })
      .where('endpoint', '=', watch.endpoint)
      .where('variant', '=', watch.variant)
      .where('next', '=', watch.next)
      .execute(),
  )
  throw error
}

async function compare(
  { endpoint, variant, account, next }: InputWatchTable,
  { productArn = '', sketch }: { readonly productArn?: string; readonly sketch?: InputSketch },
  { inputs }: DriftParts,
): Promise<Compared> {
  if (!sketch) return { asset: '', status: 'NO_PRODUCT', ...nothing }
  try {
    const counts = await count(sketch, account, inputs.captured(endpoint, variant, next, next + windowMs))
    if (counts.records < fewestRecords(sketch)) return { asset: productArn, status: 'TOO_FEW_RECORDS', ...nothing }
    return { asset: productArn, status: 'COMPARED', ...compared(sketch, counts) }
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return { asset: productArn, status: 'UNREADABLE', ...nothing }
  }
}

type Counts = ReturnType<typeof createCounts>

/** In memory alone: no count is written down. */
async function count(sketch: InputSketch, account: string, captured: ReturnType<ProductInputs['captured']>) {
  const counts = createCounts(sketch)
  let bytes = 0
  for await (const { body, contentType } of captured) {
    bytes += body.byteLength
    if (bytes > mostBytes) return counts
    for (const record of recordsOf(body, contentType)) {
      counts.add(record)
      if (counts.records === mostRecords) return counts
      if (counts.records % recordsATurn === 0) await turns.takeAgain(account)
    }
  }
  return counts
}

/** Levels for the buyer, and votes, drawn once, for all else. */
export function compared(sketch: InputSketch, counts: Pick<Counts, 'of' | 'records'>) {
  const { records, columns } = sketch
  const distances = columns.map((column, at) => distanceOf(column, records, counts.of(at), counts.records))
  const votes = votesOf(distances, counts.records, randomness.number)
  const named = (levels: readonly DriftLevel[]) =>
    Object.fromEntries(columns.map(({ name }, at) => [name, levels[at] as DriftLevel]))
  return { levels: named(distances.map(levelOf)), votes: named(votes) }
}

/** Once, whoever dies: the next window begins in the same commit. */
async function save({ endpoint, variant, account, next }: InputWatchTable, of: Compared, { store }: DriftParts) {
  await store.transaction(async tx => {
    const moved = await tx.db
      .updateTable('market_input_watch')
      .set({ next: next + windowMs, tries: 0 })
      .where('endpoint', '=', endpoint)
      .where('variant', '=', variant)
      .where('next', '=', next)
      .executeTakeFirst()
    if (Number(moved.numUpdatedRows) === 0) return
    const { asset, status, levels, votes } = of
    const told = { asset, status, levels: JSON.stringify(levels), votes: JSON.stringify(votes) }
    await tx.db
      .insertInto('market_input_window')
      .values({ endpoint, variant, start: next, account, ...told })
      .onConflict(conflict => conflict.doNothing())
      .execute()
    await tx.db
      .deleteFrom('market_input_window')
      .where('endpoint', '=', endpoint)
      .where('variant', '=', variant)
      .where('start', '<', next - keptMs)
      .execute()
    if (status !== 'COMPARED') return
    await tx.enqueue(driftKind, driftKey(asset, next), new Date(next + windowMs + toldAfterMs))
    await tellBuyer(tx, { endpoint, variant, account, start: next, asset, levels })
  })
}

const keptMs = 90 * windowMs
