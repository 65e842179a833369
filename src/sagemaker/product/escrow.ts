import { createHash } from 'node:crypto'
import { ServiceError } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import type { Escrow, EscrowedResource } from '../../service/market.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { accountOf, sageMakerArn } from '../service-context.ts'
import { type AlgorithmRow, algorithms } from './algorithm.ts'
import { type CertifiedRow, certificateOf } from './certification.ts'
import { algorithmImages, packageImages } from './certified-images.ts'
import { type ModelPackageRow, modelPackages } from './model-package.ts'
import type { PackageContainer } from './model-package-inference.ts'

type Announce = Parameters<Escrow['copy']>[3]

/**
 * The deep copy that a listing holds: a row in the marketplace's own account, its images' content and its artifacts held by that
 * row, whatever the seller deletes later. Copying again gives the same copy. Source: seed document "Frequently Asked Questions".
 */
export function createEscrow(platform: Omit<Platform, 'market'>, escrowAccount: string): Escrow {
  const { store, images, objects, scanner } = platform

  async function copyAlgorithm(row: AlgorithmRow, productId: string, announce: Announce): Promise<EscrowedResource> {
    await requireScanned(algorithmImages(row))
    const identity = copyIdentity(row, productId, 'algorithm', escrowAccount)
    await announce(identity.arn)
    const copy: AlgorithmRow = { ...row, ...identity, productId }
    await store.transaction(async tx => {
      if (await algorithms.get(tx, copy.arn)) return
      for (const digest of [row.trainingImageDigest, ...row.inferenceImageDigests])
        await images.hold(tx, digest, copy.arn)
      await algorithms.insert(tx, copy)
    })
    const { TrainingSpecification: training, InferenceSpecification: inference } = row.request
    return {
      arn: copy.arn,
      kind: 'algorithm',
      trainingInstanceTypes: training.SupportedTrainingInstanceTypes,
      realtimeInstanceTypes: inference?.SupportedRealtimeInferenceInstanceTypes ?? [],
      transformInstanceTypes: inference?.SupportedTransformInstanceTypes ?? [],
      supportedContentTypes: inference?.SupportedContentTypes ?? [],
      certificate: certificateOf(row),
    }
  }

  async function copyPackage(row: ModelPackageRow, productId: string, announce: Announce): Promise<EscrowedResource> {
    if (row.sourceProductArn)
      throw refused(
        'ASSET_VALIDATION_EXCEPTION',
        `${row.arn} was made from a subscribed algorithm and cannot be published.`,
      )
    await requireScanned(packageImages(row))
    const identity = copyIdentity(row, productId, 'model-package', escrowAccount)
    await announce(identity.arn)
    if (!(await modelPackages.get(store, identity.arn))) await holdPackage(row, identity, productId)
    return {
      arn: identity.arn,
      kind: 'model-package',
      trainingInstanceTypes: [],
      realtimeInstanceTypes: row.inference?.SupportedRealtimeInferenceInstanceTypes ?? [],
      transformInstanceTypes: row.inference?.SupportedTransformInstanceTypes ?? [],
      supportedContentTypes: row.inference?.SupportedContentTypes ?? [],
      certificate: certificateOf(row),
    }
  }

  /** Since it was certified a vulnerability may have become known, a release come to its end, or the operator chosen another policy. */
  async function requireScanned(certified: ReadonlyMap<string, string>): Promise<void> {
    for (const [image, digest] of certified) {
      const { blocked } = await scanner.scan(digest)
      if (blocked) throw refused('SCAN_ERROR', `${image}: ${blocked}`)
    }
  }

  async function holdPackage(row: ModelPackageRow, identity: ReturnType<typeof copyIdentity>, productId: string) {
    // What a copy held that a crash broke off, nobody would find again.
    await objects.release(identity.arn)
    const containers = await Promise.all(row.containers.map(container => holdContainer(container, row, identity.arn)))
    // Certified was the package without additional specifications, and only its containers are held.
    const copy: ModelPackageRow = { ...row, ...identity, containers, additional: [], productId }
    await store.transaction(async tx => {
      if (await modelPackages.get(tx, copy.arn)) return
      for (const { imageDigest } of containers) await images.hold(tx, imageDigest, copy.arn)
      await modelPackages.insert(tx, copy)
    })
  }

  async function holdContainer(
    container: PackageContainer,
    row: ModelPackageRow,
    owner: string,
  ): Promise<PackageContainer> {
    const { modelData } = container
    if (modelData?.kind !== 's3') return container
    const { bucket, key } = parseS3Uri(modelData.uri)
    const seller = {
      kind: 'service',
      account: row.account,
      arn: `arn:aws:iam::${row.account}:root`,
      userId: 'marketplace.amazonaws.com',
    } as const
    return { ...container, modelData: { kind: 'held', name: await objects.hold(seller, bucket, key, owner) } }
  }

  return {
    async copy(account, arn, productId, announce) {
      if (accountOf(arn) !== account)
        throw refused('INVALID_ASSET_ARN', `${arn} does not belong to the account ${account}.`)
      const algorithm = await algorithms.get(store, arn)
      const modelPackage = algorithm ? undefined : await modelPackages.get(store, arn)
      requireCertified(arn, algorithm ?? modelPackage)
      return algorithm
        ? copyAlgorithm(algorithm, productId, announce)
        : copyPackage(modelPackage as ModelPackageRow, productId, announce)
    },
    async discard(arn) {
      await store.transaction(async tx => {
        await algorithms.remove(tx, arn)
        await modelPackages.remove(tx, arn)
      })
      await images.release(arn)
      await objects.release(arn)
    },
  }
}

const refused = (code: string, message: string) => new ServiceError(code, message)

function requireCertified(
  arn: string,
  row: AlgorithmRow | ModelPackageRow | undefined,
): asserts row is AlgorithmRow | ModelPackageRow {
  if (!row) throw refused('ASSET_NOT_FOUND', `${arn} does not exist.`)
  if (!row.request.CertifyForMarketplace)
    throw refused(
      'ASSET_VALIDATION_EXCEPTION',
      `${arn} was not created with CertifyForMarketplace. Create it anew with CertifyForMarketplace = true.`,
    )
  if (row.status !== 'Completed')
    throw refused('ASSET_VALIDATION_EXCEPTION', `${arn} is ${row.status}, not Completed. Its status details say why.`)
}

/** Named as AWS names subscribed products: the seller's name, cut, and 32 hex digits. */
function copyIdentity(row: CertifiedRow, productId: string, type: string, account: string) {
  const digest = createHash('sha256').update(`${productId} ${row.arn} ${row.created}`).digest('hex').slice(0, 32)
  const name = `${row.name.slice(0, 30).replace(/-+$/, '')}-${digest}`
  return { arn: sageMakerArn(row.region, account, type, name), account, name, parent: '' }
}
