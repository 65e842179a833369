import type { ReviewSummary } from './discovery.ts'
import { marketplaceTexts } from './marketplace-texts.ts'

const words = marketplaceTexts.reviews

/** Stars for eyes, the number for all. */
export const Stars = ({ rating }: { readonly rating: number }) => (
  <span>
    <span aria-hidden="true">{'★'.repeat(Math.round(rating)).padEnd(5, '☆')}</span> {words.stars(rating)}
  </span>
)

export function Rating({ summary }: { readonly summary: ReviewSummary | undefined }) {
  const [own] = summary?.reviewSourceSummaries ?? []
  if (!own) return null
  return (
    <span>
      <Stars rating={Number(own.averageRating)} />, {words.count(own.totalReviews)}
    </span>
  )
}
