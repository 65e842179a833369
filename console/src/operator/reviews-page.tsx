import { queryClient } from '../api/query-client.ts'
import { ResourceList } from '../kit/resource-list.tsx'
import { asColumns } from '../kit/simple-table.tsx'
import { time } from '../kit/time.ts'
import { useListing } from '../kit/use-listing.ts'
import { runTask } from '../shell/notices.tsx'
import { askOperator, operatorListing, timeOf } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'
import { ReasonDialog } from './reason-dialog.tsx'

interface Review {
  readonly reviewId: string
  readonly productId: string
  readonly accountId: string
  readonly rating: number
  readonly title?: string
  readonly body?: string
  readonly updatedAt: number
  readonly hiddenReason?: string
}

const reviews = operatorListing<Review>('moderation', '/reviews', answer => answer.reviews ?? [])
const moderation = ({ reviewId }: Review): string => `/reviews/${reviewId}/moderation`

const columns = asColumns<Review>([
  { header: words.review, cell: ({ title, body }) => [title, body].filter(Boolean).join(': ').slice(0, 200) },
  { header: words.rating, cell: ({ rating }) => rating },
  { header: words.product, cell: ({ productId }) => productId },
  { header: words.author, cell: ({ accountId }) => accountId },
  { header: words.since, cell: ({ updatedAt }) => time(timeOf(updatedAt)) },
  {
    header: words.state,
    cell: ({ hiddenReason }) => (hiddenReason === undefined ? words.shown : words.hidden(hiddenReason)),
  },
])

export default function ReviewsPage() {
  const listing = useListing(reviews)
  const restore = (review: Review) =>
    void runTask({
      ...{ doing: words.restore, done: words.isShown, failed: words.failed },
      async run() {
        await askOperator('DELETE', moderation(review))
        await queryClient.invalidateQueries({ queryKey: [reviews.kind] })
      },
    })
  return (
    <ResourceList
      words={words.reviews}
      listing={listing}
      columns={columns}
      nameOf={({ reviewId }) => reviewId}
      isFoundByName={false}
      actions={[
        {
          text: words.hide,
          refusal: ({ hiddenReason }) => (hiddenReason === undefined ? undefined : words.alreadyHidden),
          ask: (review, close) => (
            <ReasonDialog
              title={words.hide}
              verb={words.hide}
              why={words.hideWhy}
              done={words.isHidden}
              kind={reviews.kind}
              submit={reason => askOperator('PUT', moderation(review), { reason })}
              close={close}
            />
          ),
        },
        {
          text: words.restore,
          refusal: ({ hiddenReason }) => (hiddenReason === undefined ? words.notHidden : undefined),
          run: restore,
        },
      ]}
    />
  )
}
