import type { Certificate } from '../service/market.ts'
import { dimensionsOf, type InstanceTypes } from './dimension.ts'
import type { Entity } from './entity.ts'
import { derivedId } from './identifier.ts'

/** What a seller tells of a product with UpdateInformation; members as in the Catalog API. */
export interface Information {
  readonly ProductTitle?: string
  readonly ShortDescription?: string
  readonly LongDescription?: string
  readonly Sku?: string
  readonly LogoUrl?: string
  readonly VideoUrls?: readonly string[]
  readonly Highlights?: readonly string[]
  readonly AdditionalResources?: readonly { Type: string; Text: string; Url: string }[]
  readonly SupportDescription?: string
  readonly Categories?: readonly string[]
  readonly SearchKeywords?: readonly string[]
}

/** How a version is used; members as in the Catalog API. */
export interface Usage {
  readonly UsageInstructions: string
  readonly SampleNotebookUrl: string
  readonly RepositoryUrl: string
  readonly InputProperties: Readonly<Record<string, unknown>>
  readonly OutputProperties: Readonly<Record<string, unknown>>
  readonly RecommendedInstanceTypes: { BatchTransform: string; RealtimeInference: string; Training?: string }
}

/** A version of a product with its only delivery option: the escrowed copy of an algorithm or a model package. */
export interface Version {
  readonly id: string
  readonly title: string
  readonly releaseNotes: string
  readonly created: number
  readonly deliveryOptionId: string
  readonly type: 'SageMakerAlgorithm' | 'SageMakerModelPackage'
  /** The seller's own resource, which they may delete. */
  readonly sourceArn: string
  /** The copy that subscribers use. */
  readonly assetArn: string
  readonly instanceTypes: InstanceTypes
  readonly contentTypes: readonly string[]
  readonly usage: Usage
  /** Absent of versions that were added before certificates were kept. */
  readonly certificate?: Certificate
  readonly visibility: 'Public' | 'Restricted'
  /** Milliseconds; 0 while it is public. */
  readonly restricted: number
}

export interface ProductDocument {
  readonly productCode: string
  readonly information: Information
  readonly versions: readonly Version[]
  readonly buyerAccounts: readonly string[]
  readonly replacementProductId?: string
  /** It was for everyone once: its page stays. */
  readonly wasPublic?: true
}

export type Product = Entity<ProductDocument>

export const isProduct = (entity: Entity | undefined): entity is Product => entity?.kind === 'MachineLearningProduct'

export const newProduct = (id: string, account: string, now: number, ends: number): Product => ({
  id,
  kind: 'MachineLearningProduct',
  account,
  revision: 0,
  name: '',
  state: 'Draft',
  product: '',
  created: now,
  modified: now,
  released: 0,
  ends,
  policy: '',
  document: { productCode: derivedId('', 25, 'product-code', id), information: {}, versions: [], buyerAccounts: [] },
})

export const productDimensions = (product: Product) =>
  dimensionsOf(
    product.document.versions.filter(version => version.visibility === 'Public').map(version => version.instanceTypes),
  )
