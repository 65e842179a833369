import { type Change, DescribeChangeSetCommand, StartChangeSetCommand } from '@aws-sdk/client-marketplace-catalog'
import { catalog } from '../api/catalog.ts'
import { queryClient } from '../api/query-client.ts'
import { ChangeSetFailed } from './change-set-failed.ts'

const Catalog = 'AWSMarketplace'
/** Most changes are made within a blink; those that copy a resource take longer. */
const pauses = { first: 150, most: 1000 }

/** Makes changes, waits for their end, and names the first entity. Throws what was wrong with each. */
export async function makeChanges(changes: readonly Change[]): Promise<string> {
  const { ChangeSetId } = await catalog().send(new StartChangeSetCommand({ Catalog, ChangeSet: [...changes] }))
  for (let pause = pauses.first; ; pause = Math.min(pauses.most, pause * 2)) {
    const set = await describe(ChangeSetId)
    if (set.Status === 'SUCCEEDED') {
      for (const kind of ['products', 'offers']) await queryClient.invalidateQueries({ queryKey: [kind] })
      return set.ChangeSet?.[0]?.Entity?.Identifier?.split('@')[0] ?? ''
    }
    if (set.Status === 'FAILED' || set.Status === 'CANCELLED') throw failure(set)
    await new Promise(resolve => setTimeout(resolve, pause))
  }
}

function failure({ FailureDescription = '', ChangeSet = [] }: Awaited<ReturnType<typeof describe>>): ChangeSetFailed {
  const errors = ChangeSet.flatMap(({ ChangeType, ErrorDetailList = [] }) =>
    ErrorDetailList.map(({ ErrorCode: code = '', ErrorMessage: message = '' }) => ({ ChangeType, code, message })),
  )
  const told = errors.map(({ ChangeType, code, message }) => `${ChangeType}: ${message} (${code})`)
  return new ChangeSetFailed(told.join(' ') || FailureDescription, errors)
}

const describe = (ChangeSetId: string | undefined) =>
  catalog().send(new DescribeChangeSetCommand({ Catalog, ChangeSetId }))
