import type { Selectable } from 'kysely'
import { randomness } from '../ground/randomness.ts'
import { type RootSecret, seal } from '../ground/root-secret.ts'
import type { Platform } from '../service/context.ts'
import type { Principal } from '../service/principal.ts'
import type { KmsKeyTable } from '../store/schema/kms-tables.ts'
import type { Transaction } from '../store/store.ts'
import type { KeyKind } from './key-spec.ts'
import { kmsError } from './kms-error.ts'

export type KeyRow = Selectable<KmsKeyTable>
type Database = Pick<Transaction, 'db'>

/** What KMS's operations find in their context besides the platform. */
export interface KmsParts {
  readonly rootSecret: RootSecret
  /** Throws a ServiceError with what is wrong unless the text is a resource policy. */
  readonly checkPolicy: (document: string) => void | Promise<void>
}

/** What keys are kept and sealed with; the context of an operation is one. */
export type KmsPlatform = KmsParts & Pick<Platform, 'store' | 'now'>

/** Where an identifier is looked up: bare ids and aliases are the asking account's, in the region that is asked. */
export interface Place {
  readonly account: string
  readonly region: string
}

/** An identifier as its parts: `key` or `alias` and whose it is. */
export interface KeyName extends Place {
  readonly kind: 'key' | 'alias'
  /** A UUID, or `alias/…`. */
  readonly name: string
}

const arnForm = /^arn:aws[\w-]*:kms:([a-z0-9-]+):(\d{12}):(?:key\/([0-9a-f-]{36})|(alias\/[\w:/-]+))$/

/** Key id, key ARN, alias name or alias ARN (AWS KMS Developer Guide, Key identifiers). Throws NotFoundException, InvalidArnException. */
export function parseKeyId(keyId: string, place: Place): KeyName {
  if (/^[0-9a-f-]{36}$/.test(keyId)) return { ...place, kind: 'key', name: keyId }
  if (/^alias\/[\w:/-]+$/.test(keyId)) return { ...place, kind: 'alias', name: keyId }
  const [, region, account = '', id, alias] = arnForm.exec(keyId) ?? []
  if (region === undefined) throw keyId.startsWith('arn:') ? kmsError.badArn(keyId) : kmsError.badKeyId(keyId)
  if (region !== place.region) throw kmsError.badArn(keyId)
  return id ? { region, account, kind: 'key', name: id } : { region, account, kind: 'alias', name: alias as string }
}

export const arnOf = ({ kind, name, account, region }: KeyName): string =>
  `arn:aws:kms:${region}:${account}:${kind === 'key' ? `key/${name}` : name}`

/** The key that an identifier names; undefined when there is none, or when its time to be destroyed has come. */
export async function findKey({ db }: Database, name: KeyName, now: Date): Promise<KeyRow | undefined> {
  const id = name.kind === 'key' ? name.name : await aliasTarget({ db }, name)
  if (id === undefined) return undefined
  const row = await db.selectFrom('kms_key').selectAll().where('id', '=', id).executeTakeFirst()
  const here = row && row.account === name.account && row.region === name.region
  return here && (row.deletion === 0 || row.deletion > now.getTime()) ? row : undefined
}

async function aliasTarget({ db }: Database, { account, region, name }: KeyName): Promise<string | undefined> {
  const row = await db
    .selectFrom('kms_alias')
    .select('key_id')
    .where('account', '=', account)
    .where('region', '=', region)
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.key_id
}

export interface NewKey extends Place {
  /** UUID. */
  readonly id: string
  readonly manager: KeyRow['manager']
  readonly description: string
  readonly rotationPeriod: number
  readonly tags: string
  readonly policy: string
  readonly kind: KeyKind
  readonly secret: Buffer
}

/** Makes a key and its first material, whose secret was made before. */
export async function insertKey({ db }: Database, parts: KmsPlatform, made: NewKey): Promise<KeyRow> {
  const { id, account, region, manager, description, rotationPeriod, tags, policy, kind, secret } = made
  const arn = arnOf({ kind: 'key', name: id, account, region })
  const created = parts.now().getTime()
  const row: KeyRow = {
    ...{ id, account, region, arn, manager, description, policy, tags, created, spec: kind.spec, usage: kind.usage },
    state: 'Enabled',
    deletion: 0,
    rotation_period: rotationPeriod,
    next_rotation: rotationPeriod === 0 ? 0 : created + rotationPeriod * day,
  }
  await db.insertInto('kms_key').values(row).execute()
  await insertMaterial({ db }, parts, { keyId: id, generation: 1, rotation: '', secret })
  return row
}

export const day = 24 * 3600_000

interface NewMaterial {
  readonly keyId: string
  readonly generation: number
  readonly rotation: string
  readonly secret: Buffer
}

export async function insertMaterial({ db }: Database, parts: KmsPlatform, made: NewMaterial) {
  const { keyId, generation, rotation, secret } = made
  const id = randomness.bytes(32).toString('hex')
  const sealed = seal(parts.rootSecret, 'KMS key', `${keyId}/${id}`, secret).toString('base64')
  const row = { key_id: keyId, id, generation, sealed, created: parts.now().getTime(), rotation }
  await db.insertInto('kms_material').values(row).execute()
  return row
}

/** What a new key allows: its account decides by its own policies (AWS KMS Developer Guide, Default key policy). */
export const defaultPolicy = (account: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })

/** Whoever asks, told by the ARNs that grants may name. */
export const arnsOf = (principal: Principal): string[] => [
  principal.arn,
  ...(principal.identityArn ? [principal.identityArn] : []),
]
