import { useQuery } from '@tanstack/react-query'
import { askMarketplace } from '../api/marketplace.ts'

export interface Review {
  readonly reviewId: string
  readonly rating: number
  readonly title?: string
  readonly body?: string
  readonly authorName: string
  readonly createdAt: number
  readonly isOwn: boolean
  readonly answer?: { readonly body: string }
  readonly moderation?: { readonly reason: string }
}

const path = (productId: string) => `/2026-11-20/products/${productId}`

/** The newest reviews of a product. */
export const useReviews = (productId: string | undefined) =>
  useQuery({
    queryKey: ['reviews', productId],
    enabled: productId !== undefined,
    queryFn: async () =>
      (await askMarketplace<{ reviews: Review[] }>('GET', `${path(productId ?? '')}/reviews?maxResults=20`)).reviews,
  })

export const putReview = (productId: string, review: object): Promise<unknown> =>
  askMarketplace('PUT', `${path(productId)}/review`, review)

/** The seller's answer to a review, in the place of the one before. */
export const putAnswer = (productId: string, reviewId: string, body: string): Promise<unknown> =>
  askMarketplace('PUT', `${path(productId)}/reviews/${reviewId}/answer`, { body })
