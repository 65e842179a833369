import type { Selectable } from 'kysely'
import type { EncryptionContext } from '../service/kms.ts'
import type { Principal } from '../service/principal.ts'
import type { KmsGrantTable } from '../store/schema/kms-tables.ts'
import type { Store } from '../store/store.ts'
import { arnsOf, type KeyRow } from './key-row.ts'

type GrantRow = Selectable<KmsGrantTable>

export interface GrantConstraints {
  readonly EncryptionContextSubset?: EncryptionContext | undefined
  readonly EncryptionContextEquals?: EncryptionContext | undefined
}

/** A key's policy as it counts for whoever asks: its own statements, and one for each grant to the asker. */
export async function policyWithGrants({ db }: Store, key: KeyRow, principal: Principal): Promise<string> {
  const rows = await db
    .selectFrom('kms_grant')
    .selectAll()
    .where('key_id', '=', key.id)
    .where('grantee', 'in', arnsOf(principal))
    .execute()
  if (rows.length === 0) return key.policy
  const policy = JSON.parse(key.policy)
  const variables = policy.Version === '2012-10-17'
  const granted = rows.flatMap(row => statementsOf(row, variables))
  return JSON.stringify({ ...policy, Statement: [...[policy.Statement].flat(), ...granted] })
}

/** Operations whose requests have no encryption context: constraints say nothing of them (AWS KMS API Reference, GrantConstraints). */
const withoutContext = new Set([
  ...['CreateGrant', 'DescribeKey', 'RetireGrant'],
  ...['DeriveSharedSecret', 'GetPublicKey', 'Sign', 'Verify', 'GenerateMac', 'VerifyMac'],
])

function statementsOf(row: GrantRow, variables: boolean): object[] {
  const operations: string[] = JSON.parse(row.operations)
  const constraints: GrantConstraints = JSON.parse(row.constraints)
  const allow = (chosen: string[], condition?: object) =>
    chosen.length === 0
      ? []
      : [
          {
            Effect: 'Allow',
            Principal: { AWS: row.grantee },
            Action: chosen.map(operation => `kms:${operation}`),
            Resource: '*',
            Condition: condition,
          },
        ]
  const free = operations.filter(operation => withoutContext.has(operation))
  const bound = operations.filter(operation => !withoutContext.has(operation))
  return [...allow(free), ...allow(bound, conditionOf(constraints, variables))]
}

function conditionOf(constraints: GrantConstraints, variables: boolean): object | undefined {
  const equals = constraints.EncryptionContextEquals
  const pairs = equals ?? constraints.EncryptionContextSubset
  if (!pairs || Object.keys(pairs).length === 0) return undefined
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the policy language's own escape
  const literal = (text: string) => (variables ? text.replaceAll('$', () => '${$}') : text)
  const values = Object.entries(pairs).map(([key, value]) => [`kms:EncryptionContext:${key}`, literal(value)])
  const keys = { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': Object.keys(pairs).map(literal) } }
  return { StringEquals: Object.fromEntries(values), ...(equals && keys) }
}
