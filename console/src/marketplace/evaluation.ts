import { useQuery } from '@tanstack/react-query'
import { askMarketplace } from '../api/marketplace.ts'
import { queryClient } from '../api/query-client.ts'
import type { ListingSource } from '../kit/use-listing.ts'
import type { EvaluationRequest } from './evaluation-values.ts'

/** Members of this server's API of evaluations that the console shows (`docs/evaluations.md`). */
export interface EvaluationSummary {
  readonly evaluationId: string
  readonly createdAt: number
  readonly status: 'IN_PROGRESS' | 'ENDED'
  readonly metric: string
  readonly rows: number
}

export interface EvaluationResult {
  readonly productId: string
  readonly productTitle: string
  readonly versionTitle: string
  readonly instanceType: string
  readonly status: string
  readonly rank?: number
  readonly score?: number
  readonly scoreProblem?: string
  readonly failureReason?: string
  readonly latency?: { readonly p50Ms: number; readonly p99Ms: number }
  readonly pricePerThousandRows?: string
  readonly outputS3Uri?: string
  readonly transformJobName: string
  readonly trainingJobName?: string
  readonly usage: { readonly minutes: number; readonly trainingMinutes?: number }
}

export interface Evaluation extends EvaluationSummary, Omit<EvaluationRequest, 'candidates' | 'metric'> {
  readonly trainingRows?: number
  readonly results: readonly EvaluationResult[]
}

export interface EvaluationTerms {
  readonly terms: { readonly maxRows: number; readonly maxMinutes: number; readonly maxEvaluations: number }
  readonly evaluationsLeft: number
}

const kind = 'evaluations'
const base = '/2026-11-30'

export const evaluations: ListingSource<EvaluationSummary> = {
  kind,
  isInTransition: ({ status }) => status === 'IN_PROGRESS',
  async fetch({ MaxResults, NextToken }) {
    const token = NextToken === undefined ? '' : `&nextToken=${encodeURIComponent(NextToken)}`
    const found = await askMarketplace<{ evaluations: EvaluationSummary[]; nextToken?: string }>(
      'GET',
      `${base}/evaluations?maxResults=${Math.min(50, MaxResults)}${token}`,
    )
    return { items: found.evaluations, nextToken: found.nextToken }
  },
}

const whileItRuns = 2000

export const useEvaluation = (id: string) =>
  useQuery({
    queryKey: [kind, id],
    queryFn: () => askMarketplace<Evaluation>('GET', `${base}/evaluations/${encodeURIComponent(id)}/results`),
    refetchInterval: ({ state }) => (state.data?.status === 'IN_PROGRESS' ? whileItRuns : false),
  })

/** What the seller of a product allows; null where it is nothing. */
export const useEvaluationTerms = (productId: string | undefined) =>
  useQuery({
    queryKey: [kind, 'terms', productId],
    enabled: productId !== undefined,
    queryFn: () =>
      askMarketplace<EvaluationTerms>('GET', `${base}/products/${productId}/evaluationTerms`).catch(error => {
        if ((error as Error).name === 'ResourceNotFoundException') return null
        throw error
      }),
  })

export async function startEvaluation(request: EvaluationRequest): Promise<string> {
  const { evaluationId } = await askMarketplace<{ evaluationId: string }>('POST', `${base}/evaluations`, request)
  await queryClient.invalidateQueries({ queryKey: [kind] })
  return evaluationId
}

export async function stopEvaluation(id: string): Promise<void> {
  await askMarketplace('POST', `${base}/evaluations/${id}/stop`, {})
  await queryClient.invalidateQueries({ queryKey: [kind] })
}

/** By the seller; undefined ends them. What runs keeps the terms that it began with. */
export async function saveEvaluationTerms(
  productId: string,
  terms: EvaluationTerms['terms'] | undefined,
): Promise<void> {
  await askMarketplace(terms ? 'PUT' : 'DELETE', `${base}/products/${productId}/evaluationTerms`, terms)
  await queryClient.invalidateQueries({ queryKey: [kind, 'terms', productId] })
}
