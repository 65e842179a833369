import { askMarketplace } from '../api/marketplace.ts'
import { queryClient } from '../api/query-client.ts'
import type { ListingSource } from '../kit/use-listing.ts'

/** Members of this server's API of product requests that the console shows (`docs/private-marketplace.md`). */
export interface ProductRequest {
  readonly requestId: string
  readonly accountId: string
  readonly requesterArn: string
  readonly productId: string
  readonly productTitle: string
  readonly status: string
  readonly comment?: string
  readonly note?: string
  readonly createdAt: number
}

export const requestStatuses = ['PENDING', 'APPROVED', 'DECLINED', 'CANCELLED', 'EXPIRED']

export type RequestScope = 'REQUESTED' | 'ADMINISTERED'

const kind = 'product-requests'
const base = '/2026-11-30/productRequests'

export const productRequests = (scope: RequestScope): ListingSource<ProductRequest> => ({
  kind: `${kind}-${scope}`,
  isInTransition: () => false,
  async fetch({ MaxResults, NextToken, StatusEquals }) {
    const query = new URLSearchParams({ scope, maxResults: String(Math.min(50, MaxResults)) })
    if (StatusEquals !== undefined) query.set('status', StatusEquals)
    if (NextToken !== undefined) query.set('nextToken', NextToken)
    const found = await askMarketplace<{ requests: ProductRequest[]; nextToken?: string }>('GET', `${base}?${query}`)
    return { items: found.requests, nextToken: found.nextToken }
  },
})

const act = async (method: string, path: string, input?: object): Promise<void> => {
  await askMarketplace(method, base + path, input)
  for (const scope of ['REQUESTED', 'ADMINISTERED'])
    await queryClient.invalidateQueries({ queryKey: [`${kind}-${scope}`] })
  await queryClient.invalidateQueries({ queryKey: ['experiences'] })
}

const noted = (note: string) => (note.trim() === '' ? {} : { note: note.trim() })

export const requestProduct = (productId: string, comment: string): Promise<void> =>
  act('POST', '', { productId, ...(comment.trim() !== '' && { comment: comment.trim() }) })

export const approveRequest = ({ requestId }: ProductRequest, note: string): Promise<void> =>
  act('POST', `/${requestId}/approval`, noted(note))

export const declineRequest = (
  { requestId }: ProductRequest,
  note: string,
  blockFurtherRequests: boolean,
): Promise<void> => act('POST', `/${requestId}/refusal`, { ...noted(note), blockFurtherRequests })

export const cancelRequest = ({ requestId }: ProductRequest): Promise<void> => act('DELETE', `/${requestId}`)
