import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { ServerFacts } from '../reconcile/server-life.ts'
import type { DataDirectory } from '../store/data-directory.ts'
import { lockExclusively } from '../store/exclusive-lock.ts'
import { placeOf } from '../store/open-blobs.ts'
import type { Store } from '../store/store.ts'

/** What is asked of a server that stands beside others. */
export interface PeerOptions {
  /** `http://HOST:PORT`, where the others reach it. */
  readonly peerUrl: string
  readonly publicUrl?: string | undefined
  readonly objects?: { readonly url?: string | undefined } | undefined
  readonly cluster?: object | undefined
  readonly tls?: object | undefined
}

/** Throws an Error in words where several servers cannot be. */
export async function requirePeersCan({ db, holdInTurn }: Store, options: PeerOptions): Promise<void> {
  const problem =
    problemOf(options) ?? (holdInTurn ? undefined : 'a database of several servers: PostgreSQL, by --database')
  if (problem) throw new Error(`--peer-url needs ${problem}.`)
  if ((await placeOf(db, options.objects?.url)) === undefined)
    throw new Error(
      '--peer-url needs the content in a bucket, by --objects: files of a data directory are one server’s.',
    )
}

function problemOf({ publicUrl, cluster, tls, peerUrl }: PeerOptions): string | undefined {
  if (publicUrl === undefined) return '--public-url: what the world calls all of the servers'
  if (cluster)
    return 'an engine that is a machine’s own, Docker or Podman: several servers beside Kubernetes were not tried'
  if (tls && !peerUrl.startsWith('https:')) return 'to begin with https:, as this server speaks TLS'
  return undefined
}

/** What a server says of itself to the others. */
export const factsOf = ({ peerUrl, publicUrl = '' }: PeerOptions, { place }: DataDirectory): ServerFacts => ({
  address: peerUrl,
  url: publicUrl,
  place: nameOfPlace(place),
})

/** The random name of a data directory. Two that come first at once have the same one. */
function nameOfPlace(file: string): string {
  if (!existsSync(file))
    try {
      writeFileSync(file, randomness.uuid(), { mode: 0o600, flag: 'wx', flush: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  return readFileSync(file, 'utf8')
}

/** The directory as one of several servers has it: what it keeps of the content in a bucket is its own. */
export const directoryOfPeer = (directory: DataDirectory, peerUrl: string): DataDirectory => ({
  ...directory,
  cache: join(directory.root, `cache-${new URL(peerUrl).host.replaceAll(/[^\w.]/g, '-')}`),
})

const lockPauseMs = 100

interface Patience {
  /** Told once, after a while. */
  late(error: Error): void
  /** Whether to give up. */
  until(): boolean
}

/** Who worked before may not have ended yet, although it has lost the database. Undefined when it is given up. */
export async function lockInTurn(path: string, { late, until }: Patience): Promise<(() => void) | undefined> {
  for (let tries = 1; !until(); tries++)
    try {
      return lockExclusively(path)
    } catch (error) {
      if (tries === 50) late(error as Error)
      await clock.sleep(lockPauseMs)
    }
  return undefined
}
