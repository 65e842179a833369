import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { ECR } from '@aws-sdk/client-ecr'
import { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { type Product, readProduct } from './certify-product.ts'
import { certifyOnly } from './certify-run.ts'
import { openSession, type Session } from './certify-session.ts'
import { subjectOf } from './certify-subject.ts'
import { makeChanges, makePublic } from './change-set-run.ts'
import { ensureAccessRole } from './ensure-role.ts'
import { type Asset, listingChanges, liveVersion, newListing } from './listing-changes.ts'
import type { Difference } from './listing-difference.ts'
import { type Details, type ListingDocument, readListing, withMeasured } from './listing-document.ts'
import { executedNotebook, linksOf, putFiles } from './listing-files.ts'
import { type LiveListing, liveListing } from './live-listing.ts'
import { notebookAsBuyer } from './notebook-as-buyer.ts'
import { type ImageOptions, imageOf, push, tagOf } from './product-image.ts'
import { clientSettings, type Publisher } from './publisher.ts'

export interface PublishOptions extends ImageOptions {
  /** Shows what differs, and changes nothing. */
  readonly dryRun: boolean
  /** Executes the sample notebook as a buyer would, before the product is public, and shows it with its outputs. */
  readonly notebook: boolean
}

const startupSeconds = 480

/**
 * Brings the market to what a product's folder says: certifies a version that is not live, lists it with its offer, changes what differs,
 * has a buyer's account execute its notebook, and shows it to everybody. A second run changes nothing. Throws an Error with what the server refused.
 */
export async function publishProduct(publisher: Publisher, directory: string, options: PublishOptions): Promise<void> {
  const { profile, url, tell } = publisher
  const product = await readProduct(directory, options.image !== undefined)
  const document = await readListing(product)
  const catalog = new MarketplaceCatalog(clientSettings(publisher))
  const live = await liveListing(catalog, document.title)
  const isVersionLive = live !== undefined && liveVersion(document, live.product.document) !== undefined
  const links = linksOf(url, profile.id, product, document)
  if (options.dryRun) {
    const { differences } = live
      ? listingChanges(document, live, undefined, links)
      : newListing(document, none, links, '')
    return show(differences, live, tell)
  }
  const image = await imageOf(product, publisher.engine, options, publisher.context, tell)
  if (isVersionLive) await requireSameImage(publisher, product, document, live, image)
  const made = isVersionLive ? undefined : await certified(publisher, product, image)
  const s3 = new S3({ ...clientSettings(publisher), forcePathStyle: true })
  await putFiles(s3, profile.id, product, document)
  const asset = made && { ...made.asset, role: await ensureAccessRole(publisher) }
  const whole = made ? { ...document, delivery: withMeasured(document.delivery, made.sample) } : document
  const { changes, differences } = live
    ? listingChanges(whole, live, asset, links)
    : newListing(whole, asset as Asset, links, profile.id)
  show(differences, live, tell)
  const id = changes.length > 0 ? await makeChanges(catalog, changes, tell) : undefined
  const isPublic = live?.product.document.Description.Visibility === 'Public'
  const shown = live?.product.id ?? (id as string)
  if (options.notebook) await executeNotebook(publisher, product, document, shown, s3)
  if (isPublic) tell(`${shown} is public`)
  else await makePublic(catalog, shown, tell)
}

/** Throws an Error with the cell that fails: a product that is not public yet stays so. */
async function executeNotebook(
  publisher: Publisher,
  product: Product,
  document: ListingDocument,
  id: string,
  s3: S3,
): Promise<void> {
  const shown = executedNotebook(s3, publisher.profile.id, product, document)
  if (await shown.isCurrent()) return
  const notebook = relative(product.directory, document.notebook)
  const folder = await mkdtemp(join(tmpdir(), 'modelmart-executed-'))
  const output = join(folder, 'notebook.ipynb')
  try {
    const check = await notebookAsBuyer(publisher, { ...product, notebook }, document, id, output)
    if (!check?.good) throw new Error(`${document.notebook}, executed as a buyer of ${id}: ${check?.detail}`)
    publisher.tell(`${notebook}: ${check.detail}`)
    await shown.show(output)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Of no product: what is shown of a new listing does not hang on it. */
const none: Asset = { type: 'Algorithm', arn: '', role: '' }

/** The algorithm or model package that was certified of the image, and what it answered to the sample data. */
async function certified(publisher: Publisher, product: Product, image: string) {
  const { profile, url, client: engine, tell } = publisher
  const session = await openSession(profile, url, product, { engine, startupSeconds })
  tell(`pushing ${image} to ${product.repository}`)
  const uri = await push(session, publisher.engine, product, image)
  const arn = await certifyOnly(session, subjectOf(session, product, uri), tell)
  return { asset: { type: product.type, arn }, sample: await sampleOutput(session) }
}

/** The beginning of what the validation's transform job wrote. */
async function sampleOutput({ s3, bucket: Bucket, suffix }: Session): Promise<string | undefined> {
  const { Contents = [] } = await s3.listObjectsV2({ Bucket, Prefix: `${suffix}/output/transform`, MaxKeys: 1 })
  if (!Contents[0]?.Size) return undefined
  const { Body } = await s3.getObject({ Bucket, Key: Contents[0].Key, Range: 'bytes=0-1999' })
  const text = (await Body?.transformToString()) ?? ''
  return text.includes('\u0000') ? undefined : text
}

/** Buyers have what was certified under this title: another image is another version. What the seller has deleted cannot be compared. */
async function requireSameImage(
  publisher: Publisher,
  { repository, directory }: Product,
  document: ListingDocument,
  live: LiveListing,
  image: string,
): Promise<void> {
  const [source] = liveVersion(document, live.product.document).Sources
  const digest = await certifiedDigest(new SageMaker(clientSettings(publisher)), source)
  if (!digest) return
  const ecr = new ECR(clientSettings(publisher))
  const imageIds = [{ imageTag: tagOf(image) }]
  const { imageDetails } = await ecr
    .describeImages({ repositoryName: repository, imageIds })
    .catch(() => ({ imageDetails: [] }))
  if (imageDetails?.[0]?.imageDigest === digest) return
  const { VersionTitle } = document.version
  throw new Error(
    `${directory}/product.json: version ${VersionTitle} is live with another image; give Version.VersionTitle anew.`,
  )
}

const certifiedDigest = (
  sagemaker: SageMaker,
  { AlgorithmArn, ModelPackageArn }: Details,
): Promise<string | undefined> =>
  AlgorithmArn
    ? sagemaker.describeAlgorithm({ AlgorithmName: AlgorithmArn }).then(
        ({ TrainingSpecification }) => TrainingSpecification?.TrainingImageDigest,
        () => undefined,
      )
    : sagemaker.describeModelPackage({ ModelPackageName: ModelPackageArn }).then(
        ({ InferenceSpecification }) => InferenceSpecification?.Containers?.[0]?.ImageDigest,
        () => undefined,
      )

function show(differences: readonly Difference[], live: LiveListing | undefined, tell: (line: string) => void): void {
  for (const { what, live, wanted } of differences)
    tell(`  ${what}: ${live === undefined ? '' : `${short(live)} becomes `}${short(wanted)}`)
  if (differences.length === 0) tell(`${live?.product.id} shows what the folder says`)
}

const short = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
