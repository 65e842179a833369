import { ServiceError } from '../ground/errors.ts'
import { type Storage, storageSentence } from '../quotas/storage-quota.ts'

/** Where a repository is and what it is called: as ECR's messages name it. */
export interface RepositoryName {
  readonly account: string
  readonly name: string
}

/** An image as a caller names it. */
export interface ImageId {
  readonly imageDigest?: string
  readonly imageTag?: string
}

const inRegistry = ({ name, account }: RepositoryName): string => `name '${name}' in the registry with id '${account}'`

/**
 * Every error of ECR that is thrown here, in the wording that ECR itself answers (seen in public issues and logs), because clients
 * and scripts match on it. The registry's routes translate the codes (`registry-errors.ts`).
 */
export const ecrErrors = {
  repositoryNotFound: ({ name, account }: RepositoryName) =>
    new ServiceError(
      'RepositoryNotFoundException',
      `The repository with name '${name}' does not exist in the registry with id '${account}'`,
    ),
  storageAbove: (above: Storage) =>
    new ServiceError('LimitExceededException', storageSentence('Storage of images', above)),
  repositoryExists: ({ name, account }: RepositoryName) =>
    new ServiceError(
      'RepositoryAlreadyExistsException',
      `The repository with name '${name}' already exists in the registry with id '${account}'`,
    ),
  repositoryNotEmpty: ({ name, account }: RepositoryName) =>
    new ServiceError(
      'RepositoryNotEmptyException',
      `The repository with name '${name}' in registry with id '${account}' cannot be deleted because it still contains images`,
    ),
  repositoryPolicyNotFound: (at: RepositoryName) =>
    new ServiceError(
      'RepositoryPolicyNotFoundException',
      `Repository policy does not exist for the repository with ${inRegistry(at)}`,
    ),
  registryPolicyNotFound: (account: string) =>
    new ServiceError(
      'RegistryPolicyNotFoundException',
      `Registry policy does not exist in the registry with id '${account}'`,
    ),
  lifecyclePreviewNotFound: (at: RepositoryName) =>
    new ServiceError(
      'LifecyclePolicyPreviewNotFoundException',
      `Lifecycle policy preview does not exist for the repository with ${inRegistry(at)}`,
    ),
  templateNotFound: (prefix: string, account: string) =>
    new ServiceError(
      'TemplateNotFoundException',
      `The repository creation template with prefix '${prefix}' does not exist in the registry with id '${account}'`,
    ),
  templateExists: (prefix: string, account: string) =>
    new ServiceError(
      'TemplateAlreadyExistsException',
      `The repository creation template with prefix '${prefix}' already exists in the registry with id '${account}'`,
    ),
  lifecyclePolicyNotFound: (at: RepositoryName) =>
    new ServiceError(
      'LifecyclePolicyNotFoundException',
      `Lifecycle policy does not exist for the repository with ${inRegistry(at)}`,
    ),
  imageNotFound: (at: RepositoryName, id: ImageId) =>
    new ServiceError(
      'ImageNotFoundException',
      `The image with imageId ${imageIdText(id)} does not exist within the repository with ${inRegistry(at)}`,
    ),
  imageExists: (at: RepositoryName, digest: string, tag: string | undefined) =>
    new ServiceError(
      'ImageAlreadyExistsException',
      `Image with digest '${digest}' and tag '${tag ?? null}' already exists in the repository with ${inRegistry(at)}`,
    ),
  imageTagExists: ({ name }: RepositoryName, tag: string) =>
    new ServiceError(
      'ImageTagAlreadyExistsException',
      `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
    ),
  imageDigestDoesNotMatch: (given: string, found: string) =>
    new ServiceError(
      'ImageDigestDoesNotMatchException',
      `The digest '${given}' that was given for the image is not that of its manifest: ${found}`,
    ),
  imageReferenced: (digest: string, parents: readonly string[]) =>
    new ServiceError(
      'ImageReferencedByManifestList',
      `Requested image referenced by manifest list: ${digest} is part of ${parents.join(', ')}`,
    ),
  tooManyTags: (at: RepositoryName, digest: string, limit: number) =>
    new ServiceError(
      'LimitExceededException',
      `The image with digest '${digest}' in the repository with ${inRegistry(at)} has ${limit} tags, the most that an image can have`,
    ),
  manifestsTooLarge: (bytes: number, limit: number) =>
    new ServiceError(
      'LimitExceededException',
      `The manifests asked for have ${bytes} bytes together; at most ${limit} are answered at once. Ask for fewer images.`,
    ),
  layersNotFound: (at: RepositoryName, digests: readonly string[]) =>
    new ServiceError(
      'LayersNotFoundException',
      `The layers with digests '[${digests.join(', ')}]' do not exist within the repository with ${inRegistry(at)}`,
    ),
  referencedImagesNotFound: (at: RepositoryName, digests: readonly string[]) =>
    new ServiceError(
      'ReferencedImagesNotFoundException',
      `The images with digests '[${digests.join(', ')}]' that the manifest list references do not exist within the repository with ${inRegistry(at)}`,
    ),
  layerInUse: (digest: string, images: readonly string[]) =>
    new ServiceError(
      'LayerInUse',
      `The layer ${digest} belongs to ${images.join(', ')}: delete the image before its layer`,
    ),
  layerExists: (at: RepositoryName, digest: string) =>
    new ServiceError(
      'LayerAlreadyExistsException',
      `The layer with digest '${digest}' already exists within the repository with ${inRegistry(at)}`,
    ),
  uploadNotFound: (at: RepositoryName, uploadId: string) =>
    new ServiceError(
      'UploadNotFoundException',
      `Layer upload with uploadId '${uploadId}' does not exist in the repository with ${inRegistry(at)}`,
    ),
  uploadBusy: (uploadId: string) =>
    new ServiceError('UploadBusy', `Another request is sending a part of the layer upload '${uploadId}'`),
  emptyUpload: (at: RepositoryName, uploadId: string) =>
    new ServiceError(
      'EmptyUploadException',
      `The layer upload '${uploadId}' to the repository with ${inRegistry(at)} does not contain any layer parts`,
    ),
  partTooSmall: (uploadId: string) =>
    new ServiceError(
      'LayerPartTooSmallException',
      `The layer upload '${uploadId}' has a part of less than 5242880 bytes that is not its last`,
    ),
  invalidLayerPart: (at: RepositoryName, uploadId: string, received: number, reason: string) =>
    new ServiceError('InvalidLayerPartException', reason, {
      fields: {
        registryId: at.account,
        repositoryName: at.name,
        uploadId,
        lastValidByteReceived: Math.max(0, received - 1),
      },
    }),
  invalidLayer: (reason: string) => new ServiceError('InvalidLayerException', reason),
  invalidParameter: (member: string, reason: string) =>
    new ServiceError(
      'InvalidParameterException',
      `Invalid parameter at '${member}' failed to satisfy constraint: '${reason}'`,
    ),
  scanNotFound: (at: RepositoryName, id: ImageId) =>
    new ServiceError(
      'ScanNotFoundException',
      `Image scan does not exist for the image with '${imageIdText(id)}' in the repository with ${inRegistry(at)}`,
    ),
} as const

const imageIdText = ({ imageDigest, imageTag }: ImageId): string =>
  `{imageDigest:'${imageDigest ?? null}', imageTag:'${imageTag ?? null}'}`
