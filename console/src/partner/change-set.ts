import { type Change, DescribeChangeSetCommand, StartChangeSetCommand } from '@aws-sdk/client-marketplace-catalog'
import { catalog } from '../api/catalog.ts'
import { queryClient } from '../api/query-client.ts'

const Catalog = 'AWSMarketplace'
const pauseMs = 1000

/** What the catalog refused, change by change. */
class ChangeSetFailed extends Error {
  override readonly name = 'ChangeSetFailed'
}

/** Makes changes, waits for their end, and names the first entity. Throws what was wrong with each. */
export async function makeChanges(changes: readonly Change[]): Promise<string> {
  const { ChangeSetId } = await catalog().send(new StartChangeSetCommand({ Catalog, ChangeSet: [...changes] }))
  for (;;) {
    const set = await describe(ChangeSetId)
    if (set.Status === 'SUCCEEDED') {
      await queryClient.invalidateQueries({ queryKey: ['products'] })
      return set.ChangeSet?.[0]?.Entity?.Identifier?.split('@')[0] ?? ''
    }
    if (set.Status === 'FAILED' || set.Status === 'CANCELLED') throw new ChangeSetFailed(mistakes(set))
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

function mistakes({ FailureDescription, ChangeSet = [] }: Awaited<ReturnType<typeof describe>>): string {
  const told = ChangeSet.flatMap(({ ChangeType, ErrorDetailList = [] }) =>
    ErrorDetailList.map(({ ErrorCode, ErrorMessage }) => `${ChangeType}: ${ErrorMessage} (${ErrorCode})`),
  )
  return told.join(' ') || (FailureDescription ?? '')
}

const describe = (ChangeSetId: string | undefined) =>
  catalog().send(new DescribeChangeSetCommand({ Catalog, ChangeSetId }))
