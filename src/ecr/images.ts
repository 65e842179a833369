import type { ImageBlob, ImageSource } from '../driver/driver.ts'
import { AccessDenied, ServiceError, ValidationException } from '../ground/errors.ts'
import type { Iam } from '../service/iam.ts'
import type { Images, ResolvedImage } from '../service/images.ts'
import type { Principal } from '../service/principal.ts'
import { referenceAll, release as releaseBlobs } from '../store/blob-references.ts'
import type { BlobStore } from '../store/blobs.ts'
import type { Db } from '../store/database.ts'
import type { Store } from '../store/store.ts'
import { contentOf, findImage, type Image, recordPull } from './image.ts'
import { missingBlobs } from './image-parts.ts'
import { parseImageUri } from './image-uri.ts'
import { type Descriptor, type Manifest, readManifest } from './manifest.ts'
import { registryHosts } from './registry-hosts.ts'
import { machineArchitecture, pickPlatform, platformsOf } from './registry-platform.ts'
import { findRepository, type Repository, type RepositoryAddress } from './repository.ts'
import { repositoryAccess } from './repository-access.ts'
import { largestConfiguration, requirePacked, requireRunnable } from './runnable-image.ts'

export interface ImagesParts {
  readonly store: Store
  readonly blobs: BlobStore
  readonly iam: Pick<Iam, 'authorize'>
  /** The installation's URL: image URIs begin with its host, or with one that it had before. */
  readonly url: string
  readonly now: () => Date
  /** Of the machines that run the images, in the words of image indexes: `amd64`, `arm64`. This machine's unless given. */
  readonly architecture?: string
}

/** What SageMaker asks of a role that names an image: the permissions of a pull. */
const pullActions = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']

/** Another account's policy may let the service in, for an account or a resource of it (ECR User Guide, Private repository policies). */
const sageMaker = 'sagemaker.amazonaws.com'

const holder = (owner: string): string => `hold:image:${owner}`

/** The registry as jobs and the marketplace use it, without a detour through HTTP. */
export function createImages({ store, blobs, iam, url, now, architecture = machineArchitecture }: ImagesParts): Images {
  async function requireLeave(
    as: Principal,
    address: RepositoryAddress,
    source: string | undefined,
  ): Promise<Repository | undefined> {
    const found = await findRepository(store.db, address)
    const refusal = await refusalOf(as, address, found)
    if (!refusal) return found
    if (as.account === address.account) throw refusal
    const service = { kind: 'service', account: as.account, arn: sageMaker, userId: sageMaker } as const
    if (!(await refusalOf(service, address, found, source))) return found
    throw new AccessDenied(
      `User: ${as.arn} is not authorized to pull from the repository with name '${address.name}' in the registry with id '${address.account}' because no resource-based policy allows it`,
    )
  }

  async function refusalOf(
    as: Principal,
    address: RepositoryAddress,
    found: Repository | undefined,
    source?: string,
  ): Promise<ServiceError | undefined> {
    try {
      for (const action of pullActions) {
        const access = await repositoryAccess(store.db, address, found, action)
        await iam.authorize(
          as,
          source ? { ...access, conditions: { ...access.conditions, 'aws:SourceArn': source } } : access,
        )
      }
    } catch (error) {
      if (error instanceof ServiceError) return error
      throw error
    }
  }

  /** The image of an index that runs here; the manifest itself when it is an image that does. */
  async function runnable(uri: string, named: Image, repository: Repository): Promise<Manifest> {
    const manifest = readManifest(Buffer.from(await contentOf(store.db, named)))
    if (manifest.kind === 'index') {
      const chosen = pickPlatform(manifest.manifests, architecture)
      const found = chosen && (await findImage(store.db, repository.id, { imageDigest: chosen.digest }))
      if (!found || !chosen)
        throw new ValidationException(
          `Image ${uri} has no image for linux/${architecture}, which this installation runs; it has: ${platformsOf(manifest.manifests)}.`,
        )
      return runnable(uri, found, repository)
    }
    const [missing] = await missingBlobs(store.db, repository.id, manifest)
    if (missing)
      throw new ValidationException(
        `Image ${uri} cannot be used: its layer ${missing} is not in the repository, the manifest only says where else it is. Push the image with all of its layers.`,
      )
    requireRunnable(uri, manifest, await configurationOf(manifest), architecture)
    await requirePacked(uri, manifest, blobs.open)
    return manifest
  }

  async function configurationOf({ config }: Manifest): Promise<string | undefined> {
    if (!config || config.size > largestConfiguration) return undefined
    const chunks: Uint8Array[] = []
    for await (const chunk of blobs.open(config.digest)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  return {
    async resolve(as, region, uri, source): Promise<ResolvedImage> {
      const { address, id } = parseImageUri(uri, [new URL(url).host, ...(await registryHosts(store.db))], region)
      const repository = await requireLeave(as, address, source)
      const where = `name '${address.name}' in the registry with id '${address.account}'`
      if (!repository)
        throw new ValidationException(
          `Requested image ${uri} not found: there is no repository with ${where} in ${address.region}.`,
        )
      const named = await findImage(store.db, repository.id, id)
      if (!named)
        throw new ValidationException(
          `Requested image ${uri} not found: the repository with ${where} has no image ${id.imageDigest ?? id.imageTag}.`,
        )
      const manifest = await runnable(uri, named, repository)
      await recordPull(store.db, repository.id, named, now().getTime())
      return {
        digest: manifest.digest,
        namedDigest: named.digest,
        registryAccount: address.account,
        repository: address.name,
        sizeBytes: [manifest.config, ...manifest.layers].reduce((sum, part) => sum + (part?.size ?? 0), 0),
      }
    },

    async source(digest): Promise<ImageSource> {
      await requireKept(store.db, digest)
      const manifest = readManifest(Buffer.from(await contentOf(store.db, { digest })))
      if (!manifest.config) throw new Error(`${digest} is an index, not an image`)
      for (const { digest: part } of [manifest.config, ...manifest.layers])
        if (!(await blobs.has(part))) throw new Error(`Content of image ${digest} is missing: ${part}`)
      return {
        digest,
        config: imageBlob(blobs, manifest.config),
        layers: manifest.layers.map(layer => imageBlob(blobs, layer)),
      }
    },

    async hold({ db }, digest, owner) {
      const pending = [digest]
      for (let manifest = pending.pop(); manifest !== undefined; manifest = pending.pop()) {
        await requireKept(db, manifest)
        const held = db.insertInto('ecr_image_hold').values({ owner, digest: manifest })
        await held.onConflict(conflict => conflict.doNothing()).execute()
        const children = db.selectFrom('ecr_manifest_child').select(['child', 'kind'])
        const parts = Object.groupBy(await children.where('manifest', '=', manifest).execute(), row => row.kind)
        pending.push(...(parts.manifest ?? []).map(row => row.child))
        const blobs = (parts.blob ?? []).map(row => row.child)
        await referenceAll(db, blobs, holder(owner))
      }
    },

    async release(owner) {
      await store.transaction(async ({ db }) => {
        await db.deleteFrom('ecr_image_hold').where('owner', '=', owner).execute()
        await releaseBlobs(db, holder(owner))
      })
    },
  }
}

const imageBlob = (blobs: BlobStore, { mediaType, digest, size }: Descriptor): ImageBlob => ({
  mediaType,
  digest,
  size,
  open: () => blobs.open(digest),
})

/** Only manifests that are in a repository or held: one that is neither may lose its content any moment. */
async function requireKept(db: Db, digest: string): Promise<void> {
  const found = await db
    .selectFrom('ecr_manifest')
    .select('digest')
    .where('digest', '=', digest)
    .where(eb =>
      eb.or([
        eb.exists(eb.selectFrom('ecr_repository_manifest').select('digest').where('digest', '=', digest)),
        eb.exists(eb.selectFrom('ecr_image_hold').select('digest').where('digest', '=', digest)),
      ]),
    )
    .executeTakeFirst()
  if (!found) throw new Error(`There is no image ${digest}`)
}
