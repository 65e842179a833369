import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'
import { type RootSecret, seal, unseal } from '../ground/root-secret.ts'
import type { Store } from '../store/store.ts'
import { selfSigned } from './certificate.ts'

const makePair = promisify(generateKeyPair)

/** What messages are signed with. */
export interface SigningKeys {
  /** The one that signs now, made when there is none. */
  current(): Promise<{ readonly id: string; readonly key: KeyObject }>
  /** PEM; undefined for an id that there never was. */
  certificate(id: string): Promise<string | undefined>
}

const day = 24 * 3_600_000
const validMs = 3653 * day
/** One that ends before is not used any more. */
const leftMs = 30 * day

interface Kept {
  readonly id: string
  readonly key: KeyObject
  readonly expires: number
}

/** Keys of the installation, sealed at rest. */
export function createSigningKeys({ store, rootSecret }: { store: Store; rootSecret: RootSecret }): SigningKeys {
  let kept: Promise<Kept> | undefined

  async function newest(): Promise<Kept | undefined> {
    const row = await store.db
      .selectFrom('sns_signing_key')
      .selectAll()
      .where('expires', '>', clock.now() + leftMs)
      .orderBy('expires', 'desc')
      .limit(1)
      .executeTakeFirst()
    if (!row) return undefined
    const pem = unseal(rootSecret, 'signing key of notifications', row.id, Buffer.from(row.sealed_key, 'base64'))
    return { id: row.id, key: createPrivateKey(pem), expires: row.expires }
  }

  async function make(): Promise<Kept> {
    const { publicKey, privateKey } = await makePair('rsa', { modulusLength: 2048 })
    const serial = randomness.bytes(16)
    const id = serial.toString('hex')
    const [from, to] = [new Date(clock.now() - day), new Date(clock.now() + validMs)]
    const certificate = selfSigned({ name: 'sns.amazonaws.com', serial, from, to }, { publicKey, privateKey })
    const pem = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const sealed_key = seal(rootSecret, 'signing key of notifications', id, pem).toString('base64')
    await store.db
      .insertInto('sns_signing_key')
      .values({ id, certificate, sealed_key, expires: to.getTime() })
      .execute()
    return { id, key: privateKey, expires: to.getTime() }
  }

  async function current(): Promise<Kept> {
    kept ??= newest().then(found => found ?? make())
    const mine = kept
    try {
      const found = await mine
      if (found.expires > clock.now() + leftMs) return found
    } catch (error) {
      if (kept === mine) kept = undefined
      throw error
    }
    if (kept === mine) kept = undefined
    return current()
  }

  return {
    current,
    async certificate(id) {
      const row = await store.db
        .selectFrom('sns_signing_key')
        .select('certificate')
        .where('id', '=', id)
        .executeTakeFirst()
      return row?.certificate
    },
  }
}
