import { load } from '../../model/load.ts'
import type { Service } from '../../service/operation.ts'
import type { SellerName } from '../discovery/listing.ts'
import { deleteReview, deleteReviewAnswer, listReviews, putReview, putReviewAnswer } from './customer-review.ts'

/** Reviews of products. AWS has no public API for writing them; this one is ours, see `docs/reviews.md`. */
export function createReviewService({ sellerName }: { readonly sellerName: SellerName }): Service {
  return {
    model: load('marketplace-reviews'),
    operations: {
      PutReview: putReview(sellerName),
      DeleteReview: deleteReview(sellerName),
      ListReviews: listReviews,
      PutReviewAnswer: putReviewAnswer,
      DeleteReviewAnswer: deleteReviewAnswer,
    },
    access: operation => [{ action: `aws-marketplace:${operation}`, resource: '*' }],
  }
}
