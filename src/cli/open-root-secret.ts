import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { RootSecret } from '../ground/root-secret.ts'

/** The installation's root secret: 64 hex digits from the environment if given, else from the file, which is made on first use. */
export function openRootSecret(path: string, fromEnvironment: string | undefined): RootSecret {
  if (fromEnvironment !== undefined) return parse(fromEnvironment, 'MODELMART_ROOT_SECRET')
  if (!existsSync(path)) {
    writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
    chmodSync(path, 0o600)
  }
  return parse(readFileSync(path, 'utf8').trim(), path)
}

function parse(text: string, from: string): RootSecret {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Error(`The root secret in ${from} must be 64 hexadecimal digits.`)
  return Buffer.from(text, 'hex')
}
