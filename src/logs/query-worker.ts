import { answer } from '../ground/side-thread.ts'
import type { QueryEvent } from './query-record.ts'
import { createQueryRun, type QueryResult, type QueryRun } from './query-run.ts'

/** Begins a run, feeds it, ends it; a run that is given up is dropped. */
export type QueryWork =
  | {
      readonly kind: 'begin'
      readonly id: string
      readonly query: string
      readonly limit: number
      readonly mixed: boolean
    }
  | { readonly kind: 'feed'; readonly id: string; readonly events: readonly QueryEvent[] }
  | { readonly kind: 'finish' | 'drop'; readonly id: string }

/** Of `feed`: whether more is wanted; of `finish`: what came of it. */
export type QueryAnswer = boolean | QueryResult | undefined

const runs = new Map<string, QueryRun>()

answer<QueryWork, QueryAnswer>(work => {
  if (work.kind === 'begin') {
    runs.set(work.id, createQueryRun(work.query, work.limit, work.mixed))
    return true
  }
  const run = runs.get(work.id)
  if (work.kind === 'feed') {
    if (!run) throw new Error('The query’s thread has ended.')
    return run.feed(work.events)
  }
  runs.delete(work.id)
  return work.kind === 'finish' ? run?.finish() : undefined
})
