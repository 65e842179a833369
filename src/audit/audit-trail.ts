import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import type { CommitNote } from '../store/commit-note.ts'
import type { Store, Transaction } from '../store/store.ts'
import { type AuditEvent, auditRecord } from './audit-event.ts'
import { appendLink } from './chain.ts'
import { createRefusals } from './refusals.ts'

/** The security log of an installation. */
export interface AuditTrail {
  /** A note for `withNote`: the event is written by the commit of what it tells. */
  note(event: AuditEvent): CommitNote
  /** Writes an event by itself; it is durable when this resolves. */
  append(event: AuditEvent): Promise<void>
  /** Tells of a refusal: soon written, with others of its kind as one, so that a flood of them costs bounded memory and disk. */
  refuse(event: AuditEvent, holder: string): void
  /** Resolves when what was refused so far is written. */
  settle(): Promise<void>
  close(): Promise<void>
}

const soon = 1000

export interface AuditTrailParts {
  readonly store: Store
  readonly key: Buffer
  readonly log: Logger
  /** Told when an event is part of a transaction that will soon be committed. */
  readonly onWritten?: () => void
}

export function openAuditTrail({ store, key, log, onWritten = () => {} }: AuditTrailParts): AuditTrail {
  const write = async ({ db }: Transaction, event: AuditEvent): Promise<void> => {
    const { account, region, time } = event
    await appendLink(db, key, auditRecord(event), { account, region, time })
    onWritten()
  }
  const refusals = createRefusals()
  let waiting: Disposable | undefined
  let writing = Promise.resolve()

  const settle = (): Promise<void> => {
    waiting?.[Symbol.dispose]()
    waiting = undefined
    writing = writing.then(async () => {
      const due = refusals.due()
      if (due.length > 0)
        await store.transaction(async tx => {
          for (const event of due) await write(tx, event)
        })
      if (refusals.isHolding()) wait()
    })
    writing = writing.catch(error => log.error({ err: error }, 'refusals could not be written into the security log'))
    return writing
  }
  const wait = (): void => {
    waiting ??= clock.after(soon, () => {
      waiting = undefined
      void settle()
    })
  }

  return {
    note(event) {
      const resources = [...event.resources]
      return { resources, state: 'open', write: tx => write(tx, { ...event, resources }) }
    },
    append: event => store.transaction(tx => write(tx, event)),
    refuse(event, holder) {
      refusals.add(event, holder)
      wait()
    },
    settle,
    async close() {
      refusals.endWindow()
      await settle()
      waiting?.[Symbol.dispose]()
    },
  }
}
