import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import type { RootSecret } from '../ground/root-secret.ts'
import type { Store } from '../store/store.ts'
import { type AuditTrail, openAuditTrail } from './audit-trail.ts'
import { auditKey } from './chain.ts'
import { openJsonLines } from './json-lines.ts'
import type { LineFiles } from './line-files.ts'
import { sweepAudit } from './retention.ts'

/** The security log as a server keeps it: its rows, and the files that follow them. */
export interface SecurityLog {
  readonly trail: AuditTrail
  /** Brings the files up to date: commands write rows as well. */
  follow(): Promise<void>
  /** Takes off what is older than 90 days. */
  sweep(now: Date): Promise<void>
  close(): Promise<void>
}

/** How long the files are behind the rows, in milliseconds. */
const behind = 250

export function openSecurityLog(given: {
  readonly store: Store
  readonly rootSecret: RootSecret
  readonly files: LineFiles
  /** Of several servers that have the same files one writes them. */
  readonly isWriter?: () => boolean
  readonly log: Logger
}): SecurityLog {
  const { store, rootSecret, files, isWriter = () => true, log } = given
  const key = auditKey(rootSecret)
  const lines = openJsonLines(files, store)
  let waiting: Disposable | undefined
  async function follow(): Promise<void> {
    if (!isWriter()) return
    await lines.write().catch(error => log.error({ err: error }, 'the files of the security log could not be written'))
  }
  const followSoon = (): void => {
    waiting ??= clock.after(behind, () => {
      waiting = undefined
      void follow()
    })
  }
  const trail = openAuditTrail({ store, key, log, onWritten: followSoon })
  return {
    trail,
    follow,
    sweep: now => sweepAudit(store, key, lines, now),
    async close() {
      await trail.close()
      waiting?.[Symbol.dispose]()
      await follow()
    },
  }
}
