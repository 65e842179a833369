import { queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { CopyLine } from '../kit/copy-line.tsx'
import { Deletion, deletionVerb } from '../kit/deletion.tsx'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { runTask } from '../shell/notices.tsx'
import { type DeadLetter, deadLetters, deleteDeadLetter, sendAgain } from './dead-letter.ts'
import { eventsTexts as words } from './events-texts.ts'

const seconds = (at: number) => time(new Date(at * 1000))

const columns = asColumns<DeadLetter>([
  {
    header: words.receiver,
    cell: ({ ruleArn, targetId, subscriptionArn }) => subscriptionArn ?? `${ruleArn} ${targetId}`,
  },
  { header: words.code, cell: ({ errorCode }) => errorCode },
  { header: words.reason, cell: ({ errorMessage }) => errorMessage },
  { header: words.tries, cell: ({ retryAttempts }) => retryAttempts },
  { header: words.announced, cell: ({ announcedAt }) => seconds(announcedAt) },
  { header: words.died, cell: ({ diedAt }) => seconds(diedAt) },
  { header: words.event, cell: ({ event }) => <CopyLine line={event} /> },
])

export default function DeadLettersPage() {
  const listing = useListing(deadLetters)
  const [region] = useRegion()
  return (
    <ResourceList
      words={words.letters}
      listing={listing}
      columns={columns}
      nameOf={({ deadLetterId }) => deadLetterId}
      isFoundByName={false}
      actions={[
        { text: words.again, run: ({ deadLetterId }) => void send(region, deadLetterId) },
        {
          text: deletionVerb,
          ask: ({ deadLetterId }, close) => (
            <Deletion
              name={words.letter}
              text={words.letterDeletion}
              kind={deadLetters.kind}
              run={() => deleteDeadLetter(region, deadLetterId)}
              onClose={close}
            />
          ),
        },
      ]}
    />
  )
}

/** Sends one to its receiver again, and tells of it. */
const send = (region: string, id: string) =>
  runTask({
    doing: words.again,
    done: words.sent,
    failed: `${words.letter} was not sent`,
    async run() {
      await sendAgain(region, id)
      await queryClient.invalidateQueries({ queryKey: [deadLetters.kind] })
    },
  })
