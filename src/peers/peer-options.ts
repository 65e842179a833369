import { createHmac } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import type { RootSecret } from '../ground/root-secret.ts'
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
  /** Where all of them run containers; without, they share a data directory, and are of one machine. */
  readonly cluster?: { readonly namespace?: string | undefined } | undefined
  readonly tls?: object | undefined
  readonly awsNames?: boolean | undefined
  readonly meteringSync?: string | undefined
}

/** Whether a server stands beside others that have its data directory too. */
export const sharesDirectory = ({ peerUrl, cluster }: Partial<PeerOptions>): boolean =>
  peerUrl !== undefined && cluster === undefined

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

function problemOf({ publicUrl, cluster, tls, peerUrl, awsNames, meteringSync }: PeerOptions): string | undefined {
  if (publicUrl === undefined) return '--public-url: what the world calls all of the servers'
  if (cluster && awsNames)
    return 'to do without --aws-names beside Kubernetes: each data directory has an authority of its own for them'
  if (cluster && meteringSync === 'after')
    return 'to do without --metering-sync after beside Kubernetes: what answers cost is in the database before they are given'
  if (tls && !peerUrl.startsWith('https:')) return 'to begin with https:, as this server speaks TLS'
  return undefined
}

/** What a server says of itself to the others. */
export const factsOf = (options: PeerOptions, { place }: DataDirectory, secret: RootSecret): ServerFacts => ({
  address: options.peerUrl,
  url: options.publicUrl ?? '',
  place: options.cluster ? nameOfCluster(options.cluster, secret) : nameOfPlace(place),
})

/** The same for all servers that can speak to the Pods of one another, and unseal what is in the rows; it tells nothing of the secret. */
const nameOfCluster = ({ namespace = '' }: NonNullable<PeerOptions['cluster']>, secret: RootSecret): string =>
  `${ofCluster}${createHmac('sha256', secret).update(`place of peers ${namespace}`).digest('hex')}`

const ofCluster = 'kubernetes '

/** Why servers of two places cannot stand beside one another. */
export function unlikePlaces(theirs: string, mine: string): string | undefined {
  if (theirs === mine) return undefined
  const [areTheirs, isMine] = [theirs.startsWith(ofCluster), mine.startsWith(ofCluster)]
  if (areTheirs !== isMine)
    return 'The servers of this database run containers with another engine than this one. Give all of them the same --engine.'
  return isMine
    ? 'The servers of this database have another root secret than this one, or run Pods in another namespace. Give all of them the same MODELMART_ROOT_SECRET and --kubernetes-namespace.'
    : 'The servers of this database share a data directory, and this one has another. Give all of them the same --data.'
}

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
