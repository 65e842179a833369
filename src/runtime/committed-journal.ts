import { clock } from '../ground/clock.ts'
import { leavesUnknown } from '../ground/errors.ts'
import { randomness } from '../ground/randomness.ts'
import type { CountBatch, InferenceCount, UsageSubject } from '../service/market.ts'
import { addInferences, type InferenceSums } from './inference-sums.ts'
import type { MeteringJournal, MeteringParts } from './metering-journal.ts'

interface Waiting {
  readonly subject: UsageSubject
  readonly units: number
  readonly time: number
  readonly counted: PromiseWithResolvers<void>
}

/** Whose counts are in the database when they are there. */
export interface CommittedJournal extends MeteringJournal {
  record(subject: UsageSubject, units: number): Promise<void>
}

/** For how long it is asked whether something was counted, when the answer to that was lost. */
const patienceMs = 10_000
const pauseMs = 100

/**
 * Counts inferences before they are answered, where a disk may be lost with its machine: `record` resolves when the database has them.
 * Answers that come while others are counted share the next commit. There is no file to set aside: what cannot be counted is in the log.
 * What may have been counted is asked for by its number, which counts once, before it is refused.
 */
export function createCommittedJournal({ count, log }: Pick<MeteringParts, 'count' | 'log'>): CommittedJournal {
  const journal = `${clock.now()}-${randomness.uuid()}`
  let number = 0
  let waiting: Waiting[] = []
  let counting: Promise<void> | undefined
  let setAside = 0

  async function countAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        await countGroup(group)
        for (const { counted } of group) counted.resolve()
      } catch (error) {
        for (const { counted } of group) counted.reject(error)
      }
    }
    counting = undefined
  }

  async function countGroup(group: readonly Waiting[]): Promise<void> {
    const sums: InferenceSums = new Map()
    for (const { subject, units, time } of group) addInferences(sums, subject, BigInt(units), time)
    const reasons = await countOnce({ journal, number: ++number }, [...sums.values()])
    if (reasons.length === 0) return
    setAside += reasons.length
    log.error({ reasons: reasons.slice(0, 20), count: reasons.length }, 'inferences count for nobody')
  }

  async function countOnce(batch: CountBatch, counts: readonly InferenceCount[]): Promise<readonly string[]> {
    let end: number | undefined
    for (;;)
      try {
        return await count(batch, counts)
      } catch (error) {
        // Once that is unknown, what says that nothing was counted speaks of the last time alone.
        end ??= leavesUnknown(error) ? clock.elapsed() + patienceMs : 0
        if (clock.elapsed() >= end) throw error
        await clock.sleep(pauseMs)
      }
  }

  const fold = async () => counting
  return {
    record(subject, units) {
      const counted = Promise.withResolvers<void>()
      waiting.push({ subject, units, time: clock.now(), counted })
      counting ??= countAll()
      return counted.promise
    },
    fold,
    setAside: () => setAside,
    close: fold,
  }
}
