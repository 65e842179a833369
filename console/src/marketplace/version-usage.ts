import { DescribeAssessmentCommand, ListAssessmentsCommand } from '@aws-sdk/client-marketplace-catalog'
import { useQuery } from '@tanstack/react-query'
import { catalog } from '../api/catalog.ts'
import { askMarketplace } from '../api/marketplace.ts'
import { readNotebook } from '../kit/notebook-cells.ts'

export interface Parameter {
  readonly name: string
  readonly description: string
  readonly constraints?: string
  readonly isRequired?: boolean
  readonly isAlwaysReturned?: boolean
}

export interface Payload {
  readonly description: string
  readonly limitations?: string
  readonly sample: {
    readonly realtimeText?: string
    readonly realtimeUrl?: string
    readonly batchText?: string
    readonly batchUrl?: string
  }
  readonly parameters: readonly Parameter[]
  readonly customAttributes: readonly Parameter[]
}

export interface VersionUsage {
  readonly input: Payload
  readonly output: Payload
  readonly sampleNotebookUrl: string
  readonly repositoryUrl: string
}

/** What a version takes and answers: see `docs/usage.md`. */
export const useVersionUsage = (productId: string, optionId: string) =>
  useQuery({
    queryKey: ['version-usage', productId, optionId],
    queryFn: () => askMarketplace<VersionUsage>('GET', `/2026-11-29/products/${productId}/versions/${optionId}/usage`),
  })

const Catalog = 'AWSMarketplace'

/** What certification measured of a version; undefined of those from before it measured. */
export const useMeasurements = (productId: string, optionId: string) =>
  useQuery({
    queryKey: ['assessment', productId, optionId],
    async queryFn() {
      const { AssessmentSummaryList = [] } = await catalog().send(
        new ListAssessmentsCommand({
          ...{ Catalog, AssessmentTargetFilter: { EntityId: productId } },
          FrameworkFilters: { ContainerSecurityFilters: { DeliveryOptionId: optionId } },
        }),
      )
      const AssessmentIdentifier = AssessmentSummaryList[0]?.AssessmentId
      if (AssessmentIdentifier === undefined) return null
      const told = await catalog().send(new DescribeAssessmentCommand({ Catalog, AssessmentIdentifier }))
      return { issued: told.CreatedAt, controls: told.ControlAssessments ?? [] }
    },
  })

const mostBytes = 4 * 1024 * 1024

/** Bucket and key of an address on this server, by whichever of its machine's names; undefined of any other. */
export function placeHere(address: string): { Bucket: string; Key: string } | undefined {
  if (!URL.canParse(address)) return undefined
  const { protocol, hostname, port, pathname } = new URL(address)
  const { location } = window
  const loopback = ['localhost', '127.0.0.1', '[::1]']
  const isSame = hostname === location.hostname || [hostname, location.hostname].every(name => loopback.includes(name))
  const [, bucket = '', key = ''] = /^\/([^/]+)\/(.+)$/.exec(pathname) ?? []
  if (protocol !== location.protocol || port !== location.port || !isSame || key === '') return undefined
  return { Bucket: bucket, Key: decodeURIComponent(key) }
}

/** A notebook that lies in a bucket here, with the reader's own leave. A page may ask no other server for one. */
export const useNotebook = (address: string) =>
  useQuery({
    queryKey: ['notebook', address],
    enabled: placeHere(address) !== undefined,
    async queryFn() {
      // Few pages have a notebook that lies here: the client of S3 is loaded by those.
      const { readObject } = await import('./notebook-object.ts')
      return readNotebook(await readObject(placeHere(address) as { Bucket: string; Key: string }, mostBytes))
    },
  })
