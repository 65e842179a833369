import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, must, say } from './command.mjs'

/** An S3 of others (github.com/versity/versitygw), so that ours is not judged by ourselves alone. */
const version = 'v1.8.0'

/**
 * Makes it with Go, once. Undefined where there is no Go.
 * @param {string} root of the repository
 */
export async function ensureVersitygw(root) {
  const folder = join(root, 'node_modules/.cache/versitygw', version)
  const program = join(folder, 'versitygw')
  if (existsSync(program)) return program
  const go = findProgram('go') ?? (existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : undefined)
  if (!go) return undefined
  say(`making versitygw ${version} with Go, which takes minutes`)
  await must(go, ['install', `github.com/versity/versitygw/cmd/versitygw@${version}`], {
    env: { GOBIN: folder },
  })
  return program
}
