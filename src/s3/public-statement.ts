import { isIP } from 'node:net'

/** What of a policy's statement says for whom it is. */
export interface GrantingStatement {
  readonly Effect: string
  readonly Principal?: unknown
  readonly NotPrincipal?: unknown
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/**
 * Whether a statement grants something to the public (S3 User Guide, "Blocking public access", "The meaning of public"): it is for
 * everybody, and no condition pins down by fixed values who or where they are. A fixed value has no wildcard and no policy variable.
 */
export function isPublic(statement: GrantingStatement): boolean {
  if (statement.Effect !== 'Allow') return false
  if (!isForEverybody(statement)) return false
  const tests = Object.entries(statement.Condition ?? {})
  return !tests.some(([operator, keys]) =>
    Object.entries(keys).some(([key, value]) => pins(operator, key, [value].flat())),
  )
}

/** All but some is everybody, too. */
function isForEverybody({ Principal, NotPrincipal }: GrantingStatement): boolean {
  if (NotPrincipal !== undefined) return true
  const named = typeof Principal === 'object' && Principal !== null ? Object.values(Principal).flat() : [Principal]
  return named.some(name => typeof name !== 'string' || name.includes('*'))
}

/**
 * What must match, and must be there: `…IfExists` and `ForAllValues:` hold for requests without the key, and a negated test for all others.
 */
const pinning: Readonly<Record<'values' | 'addresses', RegExp>> = {
  values: /^(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike)$/i,
  addresses: /^(ForAnyValue:)?IpAddress$/i,
}

/** Keys that tell who asks, or through what of theirs. A user's name is none: other accounts may have one of that name. */
const identifying =
  /^(aws:(SourceArn|SourceVpc|SourceVpce|SourceAccount|SourceOwner|SourceOrgID|SourceOrgPaths|PrincipalOrgID|PrincipalOrgPaths|PrincipalAccount|PrincipalArn|userid)|s3:(x-amz-server-side-encryption-aws-kms-key-id|DataAccessPointArn|DataAccessPointAccount))$/i

function pins(operator: string, key: string, values: readonly unknown[]): boolean {
  if (values.length === 0) return false
  if (/^aws:SourceIp$/i.test(key)) return pinning.addresses.test(operator) && values.every(isNarrow)
  const isFixed = /^s3:DataAccessPointArn$/i.test(key) ? isAccountsOwn : isFixedValue
  return pinning.values.test(operator) && identifying.test(key) && values.every(isFixed)
}

const isFixedValue = (value: unknown): boolean => typeof value === 'string' && value !== '' && !/[*?]|\$\{/.test(value)

/** The name of an access point may be open, as long as the account is not. */
const isAccountsOwn = (value: unknown): boolean => /^arn:aws:s3:[^:*?$]*:\d{12}:accesspoint\/[^$]+$/.test(String(value))

/** Ranges wider than /8, or /32 in IPv6, are public. The private networks of RFC 1918 are none of these. */
function isNarrow(value: unknown): boolean {
  const [address = '', size, ...rest] = String(value).split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || (size !== undefined && !/^\d{1,3}$/.test(size))) return false
  const bits = size === undefined ? (version === 4 ? 32 : 128) : Number(size)
  return bits >= (version === 4 ? 8 : 32)
}
