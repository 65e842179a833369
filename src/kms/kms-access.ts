import { AccessDenied } from '../ground/errors.ts'
import type { Access } from '../service/access.ts'
import type { EncryptionContext } from '../service/kms.ts'
import type { Principal } from '../service/principal.ts'
import { findOrMakeKey } from './aws-managed-key.ts'
import { keyOfCiphertext } from './ciphertext.ts'
import { policyWithGrants } from './grant-statement.ts'
import { arnOf, findKey, type KeyName, type KeyRow, type KmsPlatform, type Place, parseKeyId } from './key-row.ts'

/** Who asks KMS, where, and through which service, if any. */
export interface Asker extends Place {
  readonly principal: Principal
  readonly via?: string
}

export interface KeyUse {
  readonly action: string
  readonly context?: EncryptionContext | undefined
  readonly conditions?: Record<string, string | string[]>
}

/** What using a key asks leave for: its policy and the grants to whoever asks decide, before its existence is told. */
export async function keyAccess(parts: KmsPlatform, asker: Asker, keyId: string, use: KeyUse): Promise<Access> {
  const name = parseKeyId(keyId, asker)
  const own = name.account === asker.account
  const key = await (own ? findOrMakeKey(parts, name) : findKey(parts.store, name, parts.now()))
  const alias: Record<string, string> = name.kind === 'alias' ? { 'kms:RequestAlias': name.name } : {}
  return accessTo(parts, asker, name, key, { ...use, conditions: { ...alias, ...use.conditions } })
}

/** The same for the key that a ciphertext names. A key that is not there is refused as one that may not be used. */
export async function ciphertextAccess(
  parts: KmsPlatform,
  asker: Asker,
  blob: Uint8Array,
  use: KeyUse,
): Promise<Access> {
  const key = await findCiphertextKey(parts, asker, blob)
  if (!key) throw unknownCiphertext()
  return accessTo(parts, asker, { kind: 'key', name: key.id, account: key.account, region: key.region }, key, use)
}

export const unknownCiphertext = () =>
  new AccessDenied(
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  )

export async function findCiphertextKey(
  parts: KmsPlatform,
  { region }: Place,
  blob: Uint8Array,
): Promise<KeyRow | undefined> {
  const id = keyOfCiphertext(blob)
  const row = await parts.store.db.selectFrom('kms_key').select('account').where('id', '=', id).executeTakeFirst()
  return row && findKey(parts.store, { kind: 'key', name: id, account: row.account, region }, parts.now())
}

async function accessTo(
  parts: KmsPlatform,
  asker: Asker,
  name: KeyName,
  key: KeyRow | undefined,
  { action, context, conditions }: KeyUse,
): Promise<Access> {
  const access = { action: `kms:${action}`, owner: name.account }
  const asked = { ...askerConditions(asker), ...contextConditions(context), ...conditions }
  if (!key) return { ...access, resource: arnOf(name), conditions: asked }
  const resourcePolicy = await policyWithGrants(parts.store, key, asker.principal)
  const aliases = await aliasesOf(parts, key)
  const held = { ...keyConditions(key), ...(aliases.length > 0 && { 'kms:ResourceAliases': aliases }) }
  return { ...access, resource: key.arn, resourcePolicy, conditions: { ...asked, ...held } }
}

async function aliasesOf({ store }: KmsPlatform, { id }: KeyRow): Promise<string[]> {
  const rows = await store.db.selectFrom('kms_alias').select('name').where('key_id', '=', id).execute()
  return rows.map(row => row.name)
}

/** AWS KMS Developer Guide, Condition keys for AWS KMS. */
export const askerConditions = ({ principal, via, region }: Asker): Record<string, string> => ({
  ...(principal.account !== '' && { 'kms:CallerAccount': principal.account }),
  ...(via !== undefined && { 'kms:ViaService': `${via}.${region}.amazonaws.com`, 'aws:ViaAWSService': 'true' }),
})

export const contextConditions = (context: EncryptionContext = {}): Record<string, string | string[]> => ({
  ...Object.fromEntries(Object.entries(context).map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
  ...(Object.keys(context).length > 0 && { 'kms:EncryptionContextKeys': Object.keys(context) }),
})

const keyConditions = (key: KeyRow): Record<string, string> => ({
  'kms:KeySpec': key.spec,
  'kms:KeyUsage': key.usage,
  'kms:KeyOrigin': 'AWS_KMS',
  'kms:MultiRegion': 'false',
  ...Object.fromEntries(
    (JSON.parse(key.tags) as { TagKey: string; TagValue: string }[]).map(tag => [
      `aws:ResourceTag/${tag.TagKey}`,
      tag.TagValue,
    ]),
  ),
})
