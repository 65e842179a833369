import { AccessDenied } from '../ground/errors.ts'
import { findOrMakeKey } from './aws-managed-key.ts'
import { arnOf, findKey, type KeyRow, type KmsPlatform, type Place, parseKeyId } from './key-row.ts'
import type { KeyKind } from './key-spec.ts'
import { kmsError } from './kms-error.ts'

/** The key that an operation names. Throws NotFoundException. */
export async function requireKey(at: KmsPlatform & Place, keyId: string): Promise<KeyRow> {
  const name = parseKeyId(keyId, at)
  const own = name.account === at.account
  const key = await (own ? findOrMakeKey(at, name) : findKey(at.store, name, at.now()))
  if (!key) throw name.kind === 'alias' ? kmsError.noAlias(arnOf(name)) : kmsError.noKey(arnOf(name))
  return key
}

/** The same, for operations that only the key's own account may use, and not by an alias. */
export async function requireOwnKey(at: KmsPlatform & Place, keyId: string): Promise<KeyRow> {
  if (parseKeyId(keyId, at).kind === 'alias') throw kmsError.badKeyId(keyId)
  const key = await requireKey(at, keyId)
  if (key.account !== at.account)
    throw new AccessDenied(`${key.arn} is of another account: this operation works only within it.`)
  return key
}

/** Of which kind a key is. */
export const kindOf = ({ arn, spec, usage }: KeyRow): KeyKind & { readonly arn: string } => ({
  arn,
  ...({ spec, usage } as KeyKind),
})

/** Throws DisabledException or KMSInvalidStateException (AWS KMS Developer Guide, Key states of AWS KMS keys). */
export function requireEnabled(key: KeyRow): void {
  requireNotPending(key)
  if (key.state === 'Disabled') throw kmsError.disabled(key.arn)
}

export function requireNotPending(key: KeyRow): void {
  if (key.state === 'PendingDeletion') throw kmsError.pendingDeletion(key.arn)
}

export function requireCustomerKey(key: KeyRow): void {
  if (key.manager === 'AWS') throw new AccessDenied(`${key.arn} is managed by a service and cannot be changed.`)
}
