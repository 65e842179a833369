import { allAsk, type OwnApi, onAnything, type Service, service } from '../../service/service.ts'
import type { SellerNames } from '../discovery/listing.ts'
import { deleteReview, deleteReviewAnswer, listReviews, putReview, putReviewAnswer } from './customer-review.ts'

/** Reviews of products. AWS has no public API for writing them; this one is ours, see `docs/reviews.md`. */
export function createReviewService(parts: SellerNames): Service {
  return service<OwnApi, SellerNames>({
    model: 'marketplace-reviews',
    parts: () => parts,
    operations: allAsk<OwnApi, SellerNames>(onAnything('aws-marketplace'), {
      PutReview: putReview,
      DeleteReview: deleteReview,
      ListReviews: listReviews,
      PutReviewAnswer: putReviewAnswer,
      DeleteReviewAnswer: deleteReviewAnswer,
    }),
  })
}
