import type * as Sdk from '@aws-sdk/client-ecr'
import type { Access } from '../service/access.ts'
import type { Context } from '../service/context.ts'
import { allAsk, type SdkApi, type Service, service } from '../service/service.ts'
import { getAccountSetting, putAccountSetting } from './account-setting.ts'
import {
  createRepositoryCreationTemplate,
  deleteRepositoryCreationTemplate,
  describeRepositoryCreationTemplates,
  updateRepositoryCreationTemplate,
} from './creation-template.ts'
import type { EcrParts, Op } from './ecr-operation.ts'
import { getAuthorizationToken } from './get-authorization-token.ts'
import { requireImage } from './image.ts'
import { describeImages, listImages } from './image-listing.ts'
import { batchDeleteImage, batchGetImage, putImage } from './image-operations.ts'
import { listImageReferrers } from './image-referrers.ts'
import { describeImageScanFindings, putImageScanningConfiguration, startImageScan } from './image-scan.ts'
import { batchCheckLayerAvailability, getDownloadUrlForLayer } from './layer-operations.ts'
import { completeLayerUpload, initiateLayerUpload, uploadLayerPart } from './layer-upload-operations.ts'
import { deleteLifecyclePolicy, getLifecyclePolicy, putLifecyclePolicy } from './lifecycle-policy.ts'
import { getLifecyclePolicyPreview, startLifecyclePolicyPreview } from './lifecycle-preview.ts'
import { deleteRegistryPolicy, getRegistryPolicy, putRegistryPolicy } from './registry-policy.ts'
import {
  batchGetRepositoryScanningConfiguration,
  getRegistryScanningConfiguration,
  putRegistryScanningConfiguration,
} from './registry-scanning.ts'
import { addressOf, findRepository, type RepositoryAddress, requireRepository } from './repository.ts'
import { repositoryAccess } from './repository-access.ts'
import { createRepository, deleteRepository, describeRepositories } from './repository-operations.ts'
import { deleteRepositoryPolicy, getRepositoryPolicy, setRepositoryPolicy } from './repository-policy.ts'
import { addressOfArn, listTagsForResource, tagResource, untagResource } from './repository-tags.ts'
import { putImageTagMutability } from './tag-mutability.ts'

type EcrApi = SdkApi<typeof Sdk>

/** Elastic Container Registry's API; the registry that docker speaks to is `registry.ts`. */
export function createEcrService(parts: EcrParts): Service {
  return service<EcrApi, EcrParts>({
    model: 'ecr',
    parts: () => parts,
    operations: allAsk<EcrApi, EcrParts>(access, {
      BatchCheckLayerAvailability: batchCheckLayerAvailability,
      BatchDeleteImage: batchDeleteImage,
      BatchGetImage: batchGetImage,
      BatchGetRepositoryScanningConfiguration: batchGetRepositoryScanningConfiguration,
      CompleteLayerUpload: completeLayerUpload,
      CreateRepository: createRepository,
      CreateRepositoryCreationTemplate: createRepositoryCreationTemplate,
      DeleteLifecyclePolicy: deleteLifecyclePolicy,
      DeleteRegistryPolicy: deleteRegistryPolicy,
      DeleteRepository: deleteRepository,
      DeleteRepositoryCreationTemplate: deleteRepositoryCreationTemplate,
      DeleteRepositoryPolicy: deleteRepositoryPolicy,
      DescribeImageReplicationStatus: describeImageReplicationStatus,
      DescribeImageScanFindings: describeImageScanFindings,
      DescribeImages: describeImages,
      DescribeRegistry: describeRegistry,
      DescribeRepositories: describeRepositories,
      DescribeRepositoryCreationTemplates: describeRepositoryCreationTemplates,
      GetAccountSetting: getAccountSetting,
      GetAuthorizationToken: getAuthorizationToken,
      GetDownloadUrlForLayer: getDownloadUrlForLayer,
      GetLifecyclePolicy: getLifecyclePolicy,
      GetLifecyclePolicyPreview: getLifecyclePolicyPreview,
      GetRegistryPolicy: getRegistryPolicy,
      GetRegistryScanningConfiguration: getRegistryScanningConfiguration,
      GetRepositoryPolicy: getRepositoryPolicy,
      InitiateLayerUpload: initiateLayerUpload,
      ListImageReferrers: listImageReferrers,
      ListImages: listImages,
      ListTagsForResource: listTagsForResource,
      PutAccountSetting: putAccountSetting,
      PutImage: putImage,
      PutImageScanningConfiguration: putImageScanningConfiguration,
      PutImageTagMutability: putImageTagMutability,
      PutLifecyclePolicy: putLifecyclePolicy,
      PutRegistryPolicy: putRegistryPolicy,
      PutRegistryScanningConfiguration: putRegistryScanningConfiguration,
      SetRepositoryPolicy: setRepositoryPolicy,
      StartImageScan: startImageScan,
      StartLifecyclePolicyPreview: startLifecyclePolicyPreview,
      TagResource: tagResource,
      UntagResource: untagResource,
      UpdateRepositoryCreationTemplate: updateRepositoryCreationTemplate,
      UploadLayerPart: uploadLayerPart,
    }),
  })
}

/** A registry of its own never replicates here. */
const describeRegistry: Op<'DescribeRegistry'> = async (_input, ctx) => ({
  registryId: ctx.account,
  replicationConfiguration: { rules: [] },
})

/** So no image has a replica anywhere. Throws for an image that is not there. */
const describeImageReplicationStatus: Op<'DescribeImageReplicationStatus'> = async (input, ctx) => {
  const { repositoryName, imageId } = input
  const repository = await requireRepository(ctx.store.db, addressOf(ctx, input))
  await requireImage(ctx.store.db, repository, imageId)
  return { repositoryName, imageId, replicationStatuses: [] }
}

type Named = {
  registryId?: string
  repositoryName?: string
  repositoryNames?: string[]
  resourceArn?: string
  tags?: { Key: string; Value: string }[]
  tagKeys?: string[]
  /** Of an account setting. */
  name?: string
}

async function access(input: Named, ctx: Context, operation: string): Promise<readonly Access[]> {
  const action = `ecr:${operation}`
  const addresses = addressesOf(input, ctx)
  if (addresses.length === 0)
    return [
      {
        ...{ action, resource: registryResource(operation, input, ctx), owner: input.registryId },
        ...(input.name !== undefined && { conditions: { 'ecr:AccountSetting': input.name } }),
      },
    ]
  const asked = addresses.map(async address =>
    repositoryAccess(ctx.store.db, address, await findRepository(ctx.store.db, address), action),
  )
  return (await Promise.all(asked)).map(one => ({ ...one, conditions: { ...one.conditions, ...requestTags(input) } }))
}

function addressesOf(
  { registryId, repositoryName, repositoryNames, resourceArn }: Named,
  ctx: Context,
): RepositoryAddress[] {
  if (resourceArn !== undefined) return [addressOfArn(resourceArn)]
  const names = repositoryNames ?? (repositoryName === undefined ? [] : [repositoryName])
  return names.map(name => addressOf(ctx, { registryId, repositoryName: name }))
}

/** Only DescribeRepositories without names asks for more than one repository; what remains has no resource. */
const registryResource = (operation: string, { registryId }: Named, { region, account }: Context): string =>
  operation === 'DescribeRepositories' ? `arn:aws:ecr:${region}:${registryId ?? account}:repository/*` : '*'

function requestTags({ tags, tagKeys }: Named): Record<string, string | readonly string[]> {
  const keys = tagKeys ?? tags?.map(tag => tag.Key)
  return {
    ...Object.fromEntries((tags ?? []).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    ...(keys && { 'aws:TagKeys': keys }),
  }
}
