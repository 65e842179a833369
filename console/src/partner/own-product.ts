import { DescribeEntityCommand, type EntitySummary, ListEntitiesCommand } from '@aws-sdk/client-marketplace-catalog'
import { useQuery } from '@tanstack/react-query'
import { catalog } from '../api/catalog.ts'
import type { ListingSource } from '../kit/use-listing.ts'
import { useAlgorithm } from '../sagemaker/algorithm.ts'
import { useModelPackage } from '../seller/product.ts'

const Catalog = 'AWSMarketplace'

/** The machine learning products of this account. */
export const ownProducts: ListingSource<EntitySummary> = {
  kind: 'products',
  isInTransition: () => false,
  async fetch({ MaxResults, NextToken }) {
    const ask = { Catalog, EntityType: 'MachineLearningProduct', MaxResults: Math.min(50, MaxResults), NextToken }
    const page = await catalog().send(new ListEntitiesCommand(ask))
    return { items: page.EntitySummaryList ?? [], nextToken: page.NextToken }
  },
}

/** What DescribeEntity tells of a product, as far as its page shows it. */
export interface ProductDetails {
  readonly Description?: {
    readonly ProductTitle?: string
    readonly ShortDescription?: string
    readonly LongDescription?: string
    readonly Highlights?: readonly string[]
    readonly SearchKeywords?: readonly string[]
    readonly Categories?: readonly string[]
    readonly Visibility?: string
    readonly ProductCode?: string
  }
  readonly Versions?: readonly OwnVersion[]
  readonly Targeting?: { readonly PositiveTargeting?: { readonly BuyerAccounts?: readonly string[] } }
  readonly PromotionalResources?: { readonly LogoUrl?: string }
  readonly SupportInformation?: { readonly Description?: string }
}

export interface OwnVersion {
  readonly VersionTitle?: string
  readonly ReleaseNotes?: string
  readonly CreationDate?: string
  readonly Sources?: readonly { readonly AlgorithmArn?: string; readonly ModelPackageArn?: string }[]
  readonly DeliveryOptions?: readonly {
    readonly Id?: string
    readonly Visibility?: string
    readonly Instructions?: { readonly Usage?: string }
    readonly SupportedInstanceTypes?: Readonly<
      Partial<Record<'Training' | 'RealtimeInference' | 'BatchTransform', readonly string[]>>
    >
  }[]
}

export const useOwnProduct = (id: string) =>
  useQuery({
    queryKey: ['products', id],
    queryFn: async () => {
      const entity = await catalog().send(new DescribeEntityCommand({ Catalog, EntityId: id }))
      return { modified: entity.LastModifiedDate, details: (entity.DetailsDocument ?? {}) as ProductDetails }
    },
  })

/** The seller's portal says Staging of what the API calls a draft. */
export const visibilityWord = (visibility: string | undefined): string | undefined =>
  visibility === 'Draft' ? 'Staging' : visibility

/** The instance types of all versions that are not restricted: each of them has a price. */
export function listedOf({ Versions: versions = [] }: ProductDetails): Listed {
  const options = versions
    .flatMap(({ DeliveryOptions: all = [] }) => all)
    .filter(({ Visibility }) => Visibility !== 'Restricted')
  const types = (use: 'Training' | 'RealtimeInference' | 'BatchTransform') => [
    ...new Set(options.flatMap(({ SupportedInstanceTypes: supported }) => supported?.[use] ?? [])),
  ]
  const [source] = versions[0]?.Sources ?? []
  return {
    arn: source?.AlgorithmArn ?? source?.ModelPackageArn ?? '',
    ...{ training: types('Training'), realtime: types('RealtimeInference'), transform: types('BatchTransform') },
  }
}

/** What a listing says of the resource behind it. */
export interface Listed {
  readonly arn: string
  readonly training: readonly string[]
  readonly realtime: readonly string[]
  readonly transform: readonly string[]
}

/** The instance types of an algorithm or of a model package. */
export function useListedAlgorithm(arn: string) {
  const { data, error } = useAlgorithm(arn)
  const inference = data?.InferenceSpecification
  return {
    error,
    listed: data && {
      arn,
      training: data.TrainingSpecification?.SupportedTrainingInstanceTypes ?? [],
      realtime: inference?.SupportedRealtimeInferenceInstanceTypes ?? [],
      transform: inference?.SupportedTransformInstanceTypes ?? [],
    },
  }
}

export function useListedPackage(arn: string) {
  const { data, error } = useModelPackage(arn)
  const inference = data?.InferenceSpecification
  return {
    error,
    listed: data && {
      ...{ arn, training: [] },
      realtime: inference?.SupportedRealtimeInferenceInstanceTypes ?? [],
      transform: inference?.SupportedTransformInstanceTypes ?? [],
    },
  }
}
