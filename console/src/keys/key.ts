import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  ListAliasesCommand,
  ListKeysCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms'
import { useQuery } from '@tanstack/react-query'
import { kms } from '../api/kms.ts'
import { useRegion } from '../api/region.ts'
import type { ListingSource } from '../kit/use-listing.ts'

export interface Key extends KeyMetadata {
  readonly aliases: readonly string[]
}

async function describe(region: string, KeyId: string): Promise<Key> {
  const client = kms(region)
  const [{ KeyMetadata }, { Aliases = [] }] = await Promise.all([
    client.send(new DescribeKeyCommand({ KeyId })),
    client.send(new ListAliasesCommand({ KeyId, Limit: 100 })),
  ])
  return { ...(KeyMetadata as KeyMetadata), aliases: Aliases.map(({ AliasName = '' }) => AliasName) }
}

/** In the order of the service, which neither finds nor sorts. */
export const keys: ListingSource<Key> = {
  kind: 'keys',
  isInTransition: () => false,
  async fetch({ region, MaxResults, NextToken }) {
    const page = await kms(region).send(new ListKeysCommand({ Limit: MaxResults, Marker: NextToken }))
    const items = await Promise.all((page.Keys ?? []).map(({ KeyId = '' }) => describe(region, KeyId)))
    return { items, nextToken: page.Truncated ? page.NextMarker : undefined }
  },
}

/** A key with its policy, and whether it is rotated; neither where the caller may not read it. */
export function useKey(id: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: ['key', region, id],
    queryFn: async () => {
      const key = await describe(region, id)
      const client = kms(region)
      const [policy, rotation] = await Promise.all([
        client.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: 'default' })).catch(() => undefined),
        client.send(new GetKeyRotationStatusCommand({ KeyId: id })).catch(() => undefined),
      ])
      return { key, policy: policy?.Policy, isRotated: rotation?.KeyRotationEnabled }
    },
  })
}

/** Makes a key, and its alias where one is given; returns its id. */
export async function createKey(region: string, input: { alias: string; description: string }): Promise<string> {
  const client = kms(region)
  const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: input.description }))
  const TargetKeyId = KeyMetadata?.KeyId ?? ''
  if (input.alias !== '') await client.send(new CreateAliasCommand({ AliasName: `alias/${input.alias}`, TargetKeyId }))
  return TargetKeyId
}

export const enableKey = (region: string, KeyId: string) => kms(region).send(new EnableKeyCommand({ KeyId }))
export const disableKey = (region: string, KeyId: string) => kms(region).send(new DisableKeyCommand({ KeyId }))
export const cancelDeletion = (region: string, KeyId: string) =>
  kms(region).send(new CancelKeyDeletionCommand({ KeyId }))
export const putKeyPolicy = (region: string, KeyId: string, Policy: string) =>
  kms(region).send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy }))
export const scheduleDeletion = (region: string, KeyId: string, PendingWindowInDays: number) =>
  kms(region).send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }))
