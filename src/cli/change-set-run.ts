import { setTimeout as sleep } from 'node:timers/promises'
import type { Change, MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import { publication } from './listing-changes.ts'

const Catalog = 'AWSMarketplace'

/** Makes the changes and returns the id of the first entity of that type: the product's unless told otherwise. Throws an Error with each that was refused. */
export async function makeChanges(
  catalog: MarketplaceCatalog,
  ChangeSet: readonly Change[],
  tell: (line: string) => void,
  type: 'MachineLearningProduct' | 'Offer' = 'MachineLearningProduct',
): Promise<string | undefined> {
  const { ChangeSetId } = await catalog.startChangeSet({ Catalog, ChangeSet: [...ChangeSet] })
  const done = await ended(catalog, ChangeSetId as string, 600_000)
  const refused = (done.ChangeSet ?? []).flatMap(({ ChangeType, ErrorDetailList = [] }) =>
    ErrorDetailList.map(({ ErrorCode, ErrorMessage }) => `${ChangeType}: ${ErrorCode}: ${ErrorMessage}`),
  )
  if (done.Status !== 'SUCCEEDED')
    throw new Error(
      [`change set ${ChangeSetId} is ${done.Status}`, done.FailureDescription, ...refused].filter(Boolean).join('\n'),
    )
  tell(`change set ${ChangeSetId} SUCCEEDED`)
  const made = done.ChangeSet?.find(({ Entity }) => Entity?.Type?.startsWith(type))
  return made?.Entity?.Identifier?.split('@')[0]
}

/** How the change set stands when it has ended, or when so many milliseconds are over. */
async function ended(catalog: MarketplaceCatalog, ChangeSetId: string, patience: number) {
  for (const end = Date.now() + patience; ; await sleep(200)) {
    const answer = await catalog.describeChangeSet({ Catalog, ChangeSetId })
    if (/SUCCEEDED|FAILED|CANCELLED/.test(answer.Status ?? '') || Date.now() > end) return answer
  }
}

const reviewPatience = 10_000

/** Shows the product to everybody. Where the operator looks at what becomes public, that is told, and not waited for. */
export async function makePublic(
  catalog: MarketplaceCatalog,
  Identifier: string,
  tell: (line: string) => void,
): Promise<void> {
  const { ChangeSetId } = await catalog.startChangeSet({ Catalog, ChangeSet: publication(Identifier) })
  const { Status, ChangeSet: done = [] } = await ended(catalog, ChangeSetId as string, reviewPatience)
  if (Status === 'SUCCEEDED') return tell(`${Identifier} is public`)
  if (Status === 'PREPARING')
    return tell(`${Identifier} waits for the operator, who approves change set ${ChangeSetId}`)
  throw new Error(`change set ${ChangeSetId} is ${Status}: ${JSON.stringify(done[0]?.ErrorDetailList)}`)
}
