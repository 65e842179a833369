import { randomness } from '../ground/randomness.ts'
import type { Store } from '../store/store.ts'
import { findKey, insertKey, type KeyName, type KeyRow, type KmsPlatform, type Place } from './key-row.ts'
import { symmetric } from './key-spec.ts'

/** Services with a key of their own in each account and region, made when it is first used. */
const services = ['ebs', 'ecr', 'logs', 's3', 'sagemaker']

/** Finds a key; the alias of a service's own key makes the key if there is none yet. */
export async function findOrMakeKey(parts: KmsPlatform, name: KeyName): Promise<KeyRow | undefined> {
  const found = await findKey(parts.store, name, parts.now())
  const service = name.kind === 'alias' ? services.find(known => name.name === `alias/aws/${known}`) : undefined
  if (found || service === undefined) return found
  return makeManagedKey(parts, parts.store, name, service)
}

function makeManagedKey(parts: KmsPlatform, store: Store, place: Place, service: string): Promise<KeyRow> {
  return store.transaction(async tx => {
    const name = { ...place, kind: 'alias' as const, name: `alias/aws/${service}` }
    const meanwhile = await findKey(tx, name, parts.now())
    if (meanwhile) return meanwhile
    const { account, region } = place
    const key = await insertKey(tx, parts, {
      ...{ id: randomness.uuid(), account, region, manager: 'AWS', rotationPeriod: 365, tags: '[]', kind: symmetric },
      secret: randomness.bytes(32),
      description: `Default key that protects my ${service} data when no other key is defined`,
      policy: managedPolicy(account, region, service),
    })
    const created = parts.now().getTime()
    const alias = { account, region, name: name.name, key_id: key.id, created, updated: created }
    await tx.db.insertInto('kms_alias').values(alias).execute()
    return key
  })
}

/** Everyone of the account, through the service only; nobody may change it (AWS KMS Developer Guide, AWS managed keys). */
const managedPolicy = (account: string, region: string, service: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${service}-2`,
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: {
          StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': `${service}.${region}.amazonaws.com` },
        },
      },
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  })
