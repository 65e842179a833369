import type { Server } from 'node:tls'
import type { Logger } from 'pino'
import { clock } from '../ground/clock.ts'
import { changedTlsPair, type TlsFiles } from './tls-pair.ts'

/** How often the files are looked at, in milliseconds: no notice reaches everybody whose files are a mount or a link. */
const lookMs = 2000

/** New connections get the pair that lies in the files; one that is half written or wrong is told in the log, and the old one serves on. */
export function followTlsPair(
  server: Pick<Server, 'setSecureContext'>,
  files: TlsFiles,
  version: string,
  log: Pick<Logger, 'info' | 'error'>,
): Disposable {
  let known = version
  let told = ''
  return clock.every(lookMs, () => {
    try {
      const changed = changedTlsPair(files, known)
      if (!changed) return
      server.setSecureContext(changed.context)
      known = changed.version
      told = ''
      log.info(files, 'the new certificate is in force')
    } catch (error) {
      const { message } = error as Error
      if (message !== told) log.error({ ...files, err: error }, 'the new certificate cannot be used; the old one is')
      told = message
    }
  })
}
