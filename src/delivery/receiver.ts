import type { Db } from '../store/database.ts'
import type { Outgoing, Undeliverable } from './undeliverable.ts'

/** What gets things from a queue of its own: a target of a rule, a subscription to a topic. */
export interface Receiver {
  /** The ARN of what sends to it: a rule, a topic. With `id` it names the queue. */
  readonly sender: string
  readonly id: string
  readonly account: string
  readonly region: string
  /** Not before this time, milliseconds, does it get anything. */
  readonly retryAt: number
  /** What fails holds up what is behind it; otherwise each waits for itself. */
  readonly isOrdered: boolean
  /** At most so many a second. */
  readonly perSecond?: number | undefined
  /** Brings it these, in order, and tells of each what came of it. */
  deliver(given: readonly Outgoing[], signal: AbortSignal): Promise<readonly Outcome[]>
  /** What becomes of one that has been tried in vain so often: it is tried again after so many milliseconds, or never. */
  afterFailure(failed: Outgoing, now: number, trouble: Error): { readonly after: number } | Undeliverable
  setRetryAt(db: Db, at: number): Promise<void>
}

/** Undefined: it was delivered. Undeliverable: it never will be. Any other error: not now. `untried`: its turn has not come. */
export type Outcome = Error | 'untried' | undefined

/** Finds the receivers of one kind of sender. */
export interface Receivers {
  find(db: Db, sender: string, id: string): Promise<Receiver | undefined>
}

/** Receivers by the service in the ARN of what sends to them. */
export type ReceiversByService = Readonly<Record<string, Receivers>>

/** What a receiver's deliveries are known by to the queue. No id has a slash. */
export const deliveryKey = (sender: string, id: string): string => `${sender}/${id}`

/** The receiver of that name, if it is there still. */
export async function findReceiver(
  receivers: ReceiversByService,
  db: Db,
  sender: string,
  id: string,
): Promise<Receiver | undefined> {
  return receivers[sender.split(':')[2] ?? '']?.find(db, sender, id)
}
