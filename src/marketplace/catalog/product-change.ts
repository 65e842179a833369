import type { EscrowedResource } from '../../service/market.ts'
import { derivedUuid } from '../identifier.ts'
import type { Information, Product, ProductDocument, Usage, Version } from '../product.ts'
import { categories } from './category.ts'
import { ChangeRefused } from './change-refused.ts'
import { isObject } from './details-shape.ts'
import { checkTexts } from './listing-text.ts'

const changed = (product: Product, document: Partial<ProductDocument>): Product => ({
  ...product,
  document: { ...product.document, ...document },
})

interface ChangeContext {
  readonly now: number
  /** Ids of the version and delivery option that the change makes. */
  readonly id: string
  readonly escrow?: EscrowedResource
}

// biome-ignore lint/suspicious/noExplicitAny: details were checked against the shape of their change type when the set was started
type Details = any

type ProductChange = (product: Product, details: Details, context: ChangeContext) => Product

/** What each change type does to a product. Throws ChangeRefused. */
export const productChanges: Readonly<Record<string, ProductChange>> = {
  CreateProduct: (product, details) => informed(product, details),
  UpdateInformation: updateInformation,
  AddDeliveryOptions: addVersion,
  UpdateDeliveryOptions: updateVersion,
  RestrictDeliveryOptions: restrictVersions,
  UpdateTargeting: updateTargeting,
  ReleaseProduct: release,
  UpdateVisibility: updateVisibility,
}

function updateInformation(product: Product, details: Information): Product {
  if (Object.keys(details).length === 0)
    throw new ChangeRefused('MISSING_DATA', 'Provide at least one field that is to change.')
  const { ProductTitle: title } = product.document.information
  if (product.document.wasPublic && (details.ProductTitle ?? title) !== title)
    throw new ChangeRefused(
      'FIELD_NOT_ALLOWED_TO_CHANGE',
      `ProductTitle stays ${title} once the product was Public; make a new product instead.`,
    )
  const { ProductTitle: _, ...before } = product.document.information
  const missing = neededToRelease.filter(name => ({ ...product.document.information, ...details })[name] === undefined)
  if (Object.keys(before).length === 0 && missing.length > 0)
    throw new ChangeRefused(
      'MISSING_DATA',
      `The first UpdateInformation of a product gives also ${missing.join(', ')}.`,
    )
  return informed(product, details)
}

function updateTargeting(product: Product, details: Details): Product {
  if (product.state === 'Restricted')
    throw new ChangeRefused('INVALID_PRODUCT_VISIBILITY', 'The product is restricted: nobody new can be let in.')
  return changed(product, { buyerAccounts: details.PositiveTargeting.BuyerAccounts })
}

function informed(product: Product, details: Information): Product {
  checkTexts(details)
  const keywords = details.SearchKeywords?.join('').length ?? 0
  if (keywords > 250)
    throw new ChangeRefused('INVALID_INPUT', `SearchKeywords may have 250 characters together, they have ${keywords}.`)
  const unknown = details.Categories?.filter(name => !categories.includes(name)) ?? []
  if (unknown.length > 0)
    throw new ChangeRefused(
      'INVALID_CATEGORY_NAMES',
      `There is no category ${unknown.join(', ')}. The categories of machine learning products: ${categories.join(', ')}.`,
    )
  const twice = details.Categories?.find((name, at, all) => all.indexOf(name) < at)
  if (twice !== undefined) throw new ChangeRefused('INVALID_CATEGORY_NAMES', `Category ${twice} is given twice.`)
  const strange = details.AdditionalResources?.find(({ Type }) => Type !== 'Link')
  if (strange)
    throw new ChangeRefused('INVALID_ADDITIONAL_RESOURCES', `${strange.Type} is no type of a resource; Link is.`)
  const information = withoutNulls({ ...product.document.information, ...details })
  return { ...changed(product, { information }), name: information.ProductTitle ?? '' }
}

/** What a change sets to `null` is there no more. */
const withoutNulls = (information: Information): Information =>
  Object.fromEntries(Object.entries(information).filter(([, value]) => value !== null))

const optionNames = {
  SageMakerAlgorithmDeliveryOptionDetails: {
    type: 'SageMakerAlgorithm',
    arn: 'SageMakerAlgorithmArn',
    kind: 'algorithm',
  },
  SageMakerModelPackageDeliveryOptionDetails: {
    type: 'SageMakerModelPackage',
    arn: 'SageMakerModelPackageArn',
    kind: 'model-package',
  },
} as const

function optionOf(details: Details) {
  const given = details.DeliveryOptions[0].Details
  const name = Object.keys(given)[0] as keyof typeof optionNames
  return { ...optionNames[name], option: given[name] as Record<string, unknown> }
}

/** What AddDeliveryOptions asks to be copied. Refuses what needs no copy to be known wrong. */
export function assetOf(product: Product, details: Details): { arn: string; title: string } {
  const { option, arn, kind, type } = optionOf(details)
  const title: string = details.Version.VersionTitle
  const source = String(option[arn])
  const { versions } = product.document
  const [, , service, , owner, resource = ''] = source.split(':')
  if (product.state === 'Restricted')
    throw new ChangeRefused('INCOMPATIBLE_PRODUCT_STATUS', 'The product is restricted.')
  if (service !== 'sagemaker' || owner !== product.account || !resource.startsWith(`${kind}/`))
    throw new ChangeRefused('INVALID_ASSET_ARN', `${source} is not the ARN of a ${kind} of account ${product.account}.`)
  if (versions.some(version => version.title === title))
    throw new ChangeRefused('DUPLICATE_VERSION_TITLE', `The version title ${title} is already in use.`)
  if (versions.some(version => version.sourceArn === source))
    throw new ChangeRefused('DUPLICATE_ASSET', `${source} is already a version of this product.`)
  const other = versions.find(version => version.type !== type)
  if (other)
    throw new ChangeRefused(
      'INCOMPATIBLE_DELIVERY_OPTIONS',
      `The product's versions are of type ${other.type}, not ${type}.`,
    )
  return { arn: source, title }
}

function addVersion(product: Product, details: Details, { now, id, escrow }: ChangeContext): Product {
  const { title, arn } = assetOf(product, details)
  const { option, type, kind, arn: arnMember } = optionOf(details)
  if (escrow?.kind !== kind) throw new Error(`no escrowed ${kind} for ${arn}`)
  const { [arnMember]: _, AccessRoleArn: __, ...usage } = option
  const instanceTypes = {
    training: kind === 'algorithm' ? escrow.trainingInstanceTypes : [],
    realtime: escrow.realtimeInstanceTypes,
    batch: escrow.transformInstanceTypes,
  }
  const version: Version = {
    id,
    title,
    releaseNotes: details.Version.ReleaseNotes,
    created: now,
    deliveryOptionId: derivedUuid('delivery-option', id),
    type,
    sourceArn: arn,
    assetArn: escrow.arn,
    instanceTypes,
    contentTypes: escrow.supportedContentTypes,
    usage: usage as unknown as Usage,
    ...(escrow.certificate && { certificate: escrow.certificate }),
    visibility: 'Public',
    restricted: 0,
  }
  checkRecommended(version)
  return changed(product, { versions: [...product.document.versions, version] })
}

function checkRecommended({ usage: { RecommendedInstanceTypes }, instanceTypes }: Version): void {
  const valid = {
    BatchTransform: instanceTypes.batch,
    RealtimeInference: instanceTypes.realtime,
    Training: instanceTypes.training,
  }
  for (const [use, type] of Object.entries(RecommendedInstanceTypes))
    if (!valid[use as keyof typeof valid].includes(type))
      throw new ChangeRefused(
        'INVALID_RECOMMENDED_INSTANCE_TYPE',
        `${type} is not a valid instance type for ${use}. Valid types are: ${valid[use as keyof typeof valid].join(', ')}.`,
      )
}

/** A version is edited, and restricted, on a page that buyers may have seen. */
function requireShown(product: Product): void {
  if (product.state !== 'Limited' && product.state !== 'Public')
    throw new ChangeRefused(
      'INCOMPATIBLE_PRODUCT_STATUS',
      `The product is ${product.state}; it must be Limited or Public.`,
    )
}

function updateVersion(product: Product, details: Details): Product {
  requireShown(product)
  const { Id } = details.DeliveryOptions[0]
  const { type, option } = optionOf(details)
  const current = product.document.versions.find(version => version.deliveryOptionId === Id)
  if (!current)
    throw new ChangeRefused('INVALID_DELIVERY_OPTION_ID', `There is no delivery option ${Id} in product ${product.id}.`)
  if (current.visibility === 'Restricted')
    throw new ChangeRefused(
      'INCOMPATIBLE_DELIVERY_OPTION_STATUS',
      `Delivery option ${Id} is restricted; add a new version instead.`,
    )
  if (current.type !== type)
    throw new ChangeRefused('INCOMPATIBLE_DELIVERY_OPTIONS', `Delivery option ${Id} is of type ${current.type}.`)
  const title: string = details.Version?.VersionTitle ?? current.title
  if (title !== current.title)
    throw new ChangeRefused(
      'FIELD_NOT_ALLOWED_TO_CHANGE',
      `VersionTitle stays ${current.title}; add a new version instead.`,
    )
  const version: Version = {
    ...current,
    releaseNotes: details.Version?.ReleaseNotes ?? current.releaseNotes,
    usage: merged(current.usage, option),
  }
  checkRecommended(version)
  return changed(product, { versions: product.document.versions.map(each => (each === current ? version : each)) })
}

/** Members that are given replace; objects are merged one level down, as `InputProperties` with a new sample only. */
function merged(usage: Usage, option: Record<string, unknown>): Usage {
  const entries = Object.entries(option).map(([name, value]) => {
    const before = usage[name as keyof Usage]
    return [name, isObject(value) && isObject(before) ? { ...before, ...value } : value]
  })
  return { ...usage, ...Object.fromEntries(entries) }
}

function restrictVersions(product: Product, details: Details, { now }: ChangeContext): Product {
  requireShown(product)
  const ids: string[] = details.DeliveryOptionIds
  if (ids.length === 0) throw new ChangeRefused('MISSING_DELIVERY_OPTION_IDS', 'Name the delivery options to restrict.')
  const known = new Map(product.document.versions.map(version => [version.deliveryOptionId, version]))
  const unknown = ids.filter(id => !known.has(id))
  if (unknown.length > 0)
    throw new ChangeRefused(
      'INVALID_DELIVERY_OPTION_IDS',
      `There is no delivery option ${unknown.join(', ')} in product ${product.id}.`,
    )
  const restricted = ids.filter(id => known.get(id)?.visibility !== 'Public')
  if (restricted.length > 0)
    throw new ChangeRefused('INVALID_DELIVERY_OPTION_STATUS', `Restricted already: ${restricted.join(', ')}.`)
  const versions = product.document.versions.map(version =>
    ids.includes(version.deliveryOptionId)
      ? { ...version, visibility: 'Restricted' as const, restricted: now }
      : version,
  )
  if (!versions.some(version => version.visibility === 'Public'))
    throw new ChangeRefused(
      'ALL_DELIVERY_OPTIONS_RESTRICTED',
      'The last public version cannot be restricted; restrict the product instead.',
    )
  return changed(product, { versions })
}

const neededToRelease: readonly (keyof Information)[] = [
  'ProductTitle',
  'ShortDescription',
  'LongDescription',
  'LogoUrl',
  'Highlights',
  'Categories',
  'SearchKeywords',
  'SupportDescription',
]

function release(product: Product, _details: Details, { now }: ChangeContext): Product {
  if (product.state !== 'Draft')
    throw new ChangeRefused('INCOMPATIBLE_PRODUCT_STATUS', `The product is ${product.state}; only a Draft is released.`)
  const missing: string[] = neededToRelease.filter(name => product.document.information[name] === undefined)
  if (product.document.versions.length === 0) missing.push('Versions (AddDeliveryOptions)')
  if (missing.length > 0)
    throw new ChangeRefused(
      'VALIDATION_FAILED',
      ...missing.map(name => `Provide ${name} before the product is released.`),
    )
  return { ...product, state: 'Limited', released: now }
}

const visibilities = ['Public', 'Limited', 'Restricted']

function updateVisibility(product: Product, details: Details): Product {
  const target: string | undefined = details.TargetVisibility
  const replacement: string | undefined = details.ReplacementProductId
  if (!target) throw new ChangeRefused('EMPTY_TARGET_VISIBILITY', `Provide a TargetVisibility: ${visibilities}.`)
  if (!visibilities.includes(target))
    throw new ChangeRefused('INVALID_TARGET_VISIBILITY', `${target} is none of ${visibilities}.`)
  if (product.state === 'Draft')
    throw new ChangeRefused('INVALID_PRODUCT_STATE', 'The product is a Draft; release it first with ReleaseProduct.')
  if (product.state === target) throw new ChangeRefused('INVALID_PRODUCT_STATE', `The product is ${target} already.`)
  if (replacement && target !== 'Restricted')
    throw new ChangeRefused(
      'INVALID_REPLACEMENT_PRODUCT_ID',
      'A replacement is only valid when a product is restricted.',
    )
  const { replacementProductId: _, ...document } = product.document
  return {
    ...product,
    state: target,
    document: {
      ...document,
      ...(target === 'Public' && { wasPublic: true as const }),
      ...(replacement && { replacementProductId: replacement }),
    },
  }
}
