import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { pollMs, queryClient } from '../api/query-client.ts'
import { DetailsFrame } from '../kit/details-frame.tsx'
import { Loaded } from '../kit/loaded.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { runTask } from '../shell/notices.tsx'
import { texts } from '../texts.ts'
import { askOperator, timeOf } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'
import { ReasonDialog } from './reason-dialog.tsx'

interface Waiting {
  readonly changeSetId: string
  readonly accountId: string
  readonly startedAt: number
  readonly changes: readonly { readonly entityName: string; readonly targetVisibility: string }[]
}

interface Approvals {
  readonly isReviewing: boolean
  readonly changeSets: readonly Waiting[]
}

const kind = 'approvals'
const review = (id: string, input: object) => askOperator('POST', `/change-sets/${id}/review`, input)

async function allWaiting(): Promise<Approvals> {
  const changeSets: Waiting[] = []
  for (let token = ''; ; ) {
    const page = await askOperator<Approvals & { nextToken?: string }>('GET', `/change-sets?maxResults=100${token}`)
    changeSets.push(...page.changeSets)
    if (page.nextToken === undefined) return { ...page, changeSets }
    token = `&nextToken=${encodeURIComponent(page.nextToken)}`
  }
}

/** What waits before it becomes public, and whether anything does. */
export default function ApprovalsPage() {
  const query = useQuery({
    queryKey: [kind],
    queryFn: allWaiting,
    refetchInterval: ({ state }) => pollMs(state.data?.isReviewing ?? false),
  })
  const [rejected, setRejected] = useState<string>()
  const act = (done: string, run: () => Promise<unknown>) =>
    void runTask({
      ...{ doing: words.approvals, done, failed: words.failed },
      async run() {
        await run()
        await queryClient.invalidateQueries({ queryKey: [kind] })
      },
    })
  const turn = (isReviewing: boolean) =>
    act(isReviewing ? words.reviewOn : words.reviewOff, () =>
      askOperator('PUT', '/publication-review', { isReviewing }),
    )
  return (
    <Loaded query={query}>
      {({ isReviewing, changeSets }) => (
        <>
          <DetailsFrame
            title={words.approvals}
            description={words.approvalsWhy}
            actions={[{ text: isReviewing ? words.turnOff : words.turnOn, run: () => turn(!isReviewing) }]}
            sections={[
              {
                title: isReviewing ? words.isReviewing : words.notReviewing,
                content: (
                  <WaitingTable
                    changeSets={changeSets}
                    approve={id => act(words.approved(id), () => review(id, { decision: 'APPROVED' }))}
                    reject={setRejected}
                  />
                ),
              },
            ]}
          />
          {rejected !== undefined && (
            <ReasonDialog
              title={words.rejectOf(rejected)}
              verb={words.reject}
              why={words.rejectWhy}
              done={words.rejected(rejected)}
              kind={kind}
              submit={reason => review(rejected, { decision: 'REJECTED', reason })}
              close={() => setRejected(undefined)}
            />
          )}
        </>
      )}
    </Loaded>
  )
}

interface TableProps {
  readonly changeSets: readonly Waiting[]
  approve(id: string): void
  reject(id: string): void
}

const WaitingTable = ({ changeSets, approve, reject }: TableProps) => (
  <SimpleTable
    label={words.approvals}
    items={changeSets}
    empty={words.noneWaits}
    columns={[
      { header: words.changeSet, cell: ({ changeSetId }) => changeSetId },
      { header: words.product, cell: ({ changes }) => changes.map(({ entityName }) => entityName).join(', ') },
      { header: words.visibility, cell: ({ changes }) => changes.map(one => one.targetVisibility).join(', ') },
      { header: words.seller, cell: ({ accountId }) => accountId },
      { header: words.since, cell: ({ startedAt }) => time(timeOf(startedAt)) },
      {
        header: texts.list.actions,
        cell: ({ changeSetId: id }) => (
          <SpaceBetween direction="horizontal" size="xs">
            <Button ariaLabel={words.approveOf(id)} onClick={() => approve(id)}>
              {words.approve}
            </Button>
            <Button ariaLabel={words.rejectOf(id)} onClick={() => reject(id)}>
              {words.reject}
            </Button>
          </SpaceBetween>
        ),
      },
    ]}
  />
)
