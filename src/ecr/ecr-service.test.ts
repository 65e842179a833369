import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type * as Sdk from '@aws-sdk/client-ecr'
import type { ServiceError } from '../ground/errors.ts'
import { type CraftedImage, craftImage, craftIndex } from './crafted-image.fixture.ts'
import { lifecyclePolicyReconciler } from './lifecycle-policy.reconcile.ts'
import { sha256 } from './manifest.ts'
import { buyer, type Fixture, newName, openFixture, region, rootOf, seller } from './registry.fixture.ts'
import { pushThroughApi } from './registry-client.fixture.ts'

let fixture: Fixture
before(async () => {
  fixture = await openFixture()
})
after(() => fixture.close())

const call: Fixture['call'] = (...args) => fixture.call(...args)

async function newRepository(options: object = {}): Promise<string> {
  const repositoryName = newName()
  await call('CreateRepository', { repositoryName, ...options })
  return repositoryName
}

const putThroughApi = (repositoryName: string, image: CraftedImage, imageTag?: string) =>
  pushThroughApi(fixture, repositoryName, image, imageTag)

const fails = (promise: Promise<unknown>, code: string, message: RegExp) =>
  assert.rejects(promise, (error: ServiceError) => {
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })

const describeImages = async (repositoryName: string, input: object = {}) =>
  (await call<Sdk.DescribeImagesResponse>('DescribeImages', { repositoryName, ...input })).imageDetails ?? []

test('every operation of the model is served', () => {
  assert.deepEqual(Object.keys(fixture.service.operations).sort(), Object.keys(fixture.service.model.operations).sort())
})

test('repositories are made, described, paged and deleted', async () => {
  const at = 'ap-south-1'
  const names = ['a/one', 'b/two', 'c/three']
  for (const repositoryName of names) await call('CreateRepository', { repositoryName }, rootOf(seller), at)
  const { repositories = [] } = await call<Sdk.DescribeRepositoriesResponse>(
    'DescribeRepositories',
    { repositoryNames: ['b/two'] },
    rootOf(seller),
    at,
  )
  assert.partialDeepStrictEqual(repositories, [
    {
      repositoryArn: `arn:aws:ecr:${at}:${seller}:repository/b/two`,
      repositoryUri: `${fixture.host}/${seller}/b/two`,
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'AES256' },
    },
  ])
  const seen: unknown[] = []
  let nextToken: string | undefined
  do {
    const input = { maxResults: 2, nextToken }
    const page = await call<Sdk.DescribeRepositoriesResponse>('DescribeRepositories', input, rootOf(seller), at)
    seen.push(...(page.repositories ?? []).map(one => one.repositoryName))
    nextToken = page.nextToken
  } while (nextToken)
  assert.deepEqual(seen, names)
  const duplicate = call('CreateRepository', { repositoryName: 'a/one' }, rootOf(seller), at)
  await fails(
    duplicate,
    'RepositoryAlreadyExistsException',
    /The repository with name 'a\/one' already exists in the registry/,
  )
  await call('DeleteRepository', { repositoryName: 'a/one' }, rootOf(seller), at)
  const gone = call('DescribeRepositories', { repositoryNames: ['a/one'] }, rootOf(seller), at)
  await fails(
    gone,
    'RepositoryNotFoundException',
    /The repository with name 'a\/one' does not exist in the registry with id/,
  )
})

test('what cannot be honoured is refused', async () => {
  const repositoryName = newName()
  const kms = { encryptionConfiguration: { encryptionType: 'KMS' } }
  await fails(call('CreateRepository', { repositoryName, ...kms }), 'InvalidParameterException', /KMS/)
  const mutability = { imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' }
  await fails(call('CreateRepository', { repositoryName, ...mutability }), 'InvalidParameterException', /exclusion/)
})

test('another account may not even ask', async () => {
  const repositoryName = await newRepository()
  for (const name of [repositoryName, 'no/such'])
    await fails(
      call('DescribeImages', { repositoryName: name, registryId: seller }, rootOf(buyer)),
      'AccessDeniedException',
      /not authorized to perform: ecr:DescribeImages/,
    )
})

test('an image is put, described, read and downloaded through the API', async () => {
  const repositoryName = await newRepository()
  const image = await craftImage(['one', 'two'])
  const put = await putThroughApi(repositoryName, image, 'v1')
  assert.deepEqual(put.image?.imageId, { imageDigest: image.manifest.digest, imageTag: 'v1' })
  const again = putThroughApi(repositoryName, image, 'v1')
  await fails(again, 'ImageAlreadyExistsException', /Image with digest 'sha256:.*' and tag 'v1' already exists/)
  const [detail] = await describeImages(repositoryName)
  assert.partialDeepStrictEqual(detail, {
    imageDigest: image.manifest.digest,
    imageTags: ['v1'],
    imageSizeInBytes: image.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0),
    imageManifestMediaType: image.mediaType,
  })
  const got = await call<Sdk.BatchGetImageResponse>('BatchGetImage', {
    repositoryName,
    imageIds: [
      { imageTag: 'v1' },
      { imageTag: 'none' },
      {},
      { imageDigest: 'x' },
      { imageDigest: sha256(Buffer.from('x')), imageTag: 'v1' },
    ],
  })
  assert.deepEqual(
    got.images?.map(one => one.imageManifest),
    [image.manifest.bytes.toString()],
  )
  assert.deepEqual(
    got.failures?.map(one => one.failureCode),
    ['ImageNotFound', 'MissingDigestAndTag', 'InvalidImageDigest', 'ImageTagDoesNotMatchDigest'],
  )
  const layer = image.blobs[1]
  const { downloadUrl = '' } = await call<Sdk.GetDownloadUrlForLayerResponse>('GetDownloadUrlForLayer', {
    repositoryName,
    layerDigest: layer?.digest,
  })
  assert.deepEqual(Buffer.from(await (await fetch(downloadUrl)).arrayBuffer()), layer?.bytes)
  const another = downloadUrl.replace(layer?.digest ?? '', image.blobs[0]?.digest ?? '')
  assert.equal((await fetch(another)).status, 403)
  fixture.clock.offset = 3_600_001
  assert.equal((await fetch(downloadUrl)).status, 403)
  fixture.clock.offset = 0
})

test('PutImage takes the media type of a manifest that has none, and refuses one that contradicts it', async () => {
  const repositoryName = await newRepository()
  const image = await craftImage(['untyped'], { docker: true })
  await putThroughApi(repositoryName, image, 'typed')
  const { mediaType, ...untyped } = JSON.parse(image.manifest.bytes.toString())
  const put = (imageManifestMediaType: string, imageManifest: object) =>
    call<Sdk.PutImageResponse>('PutImage', {
      repositoryName,
      imageManifest: JSON.stringify(imageManifest),
      imageManifestMediaType,
      imageTag: 'untyped',
    })
  assert.equal((await put(mediaType, untyped)).image?.imageManifestMediaType, mediaType)
  const [detail] = await describeImages(repositoryName, { imageIds: [{ imageTag: 'untyped' }] })
  assert.equal(detail?.imageManifestMediaType, mediaType)
  await fails(put('application/json', untyped), 'InvalidParameterException', /is none of/)
  const oci = 'application/vnd.oci.image.manifest.v1+json'
  await fails(put(oci, { ...untyped, mediaType }), 'InvalidParameterException', /was sent as/)
})

test('images that are not there are named as ECR names them', async () => {
  const repositoryName = await newRepository()
  await fails(
    describeImages(repositoryName, { imageIds: [{ imageTag: 'latest' }] }),
    'ImageNotFoundException',
    new RegExp(
      `^The image with imageId \\{imageDigest:'null', imageTag:'latest'\\} does not exist within the repository with name '${repositoryName}' in the registry with id '${seller}'$`,
    ),
  )
  const image = await craftImage(['absent'])
  const imageManifest = image.manifest.bytes.toString()
  await fails(call('PutImage', { repositoryName, imageManifest }), 'LayersNotFoundException', /The layers with digests/)
})

test('layers in parts must follow each other, be large enough and match', async () => {
  const repositoryName = await newRepository()
  const { uploadId } = await call<Sdk.InitiateLayerUploadResponse>('InitiateLayerUpload', { repositoryName })
  const part = (start: number, size: number) =>
    call('UploadLayerPart', {
      repositoryName,
      uploadId,
      partFirstByte: start,
      partLastByte: start + size - 1,
      layerPartBlob: new Uint8Array(size),
    })
  const complete = (bytes: Uint8Array) =>
    call('CompleteLayerUpload', { repositoryName, uploadId, layerDigests: [sha256(bytes)] })
  await fails(complete(new Uint8Array(1)), 'EmptyUploadException', /does not contain any layer parts/)
  await part(0, 5 << 20)
  await assert.rejects(part(7, 10), {
    code: 'InvalidLayerPartException',
    fields: { registryId: seller, repositoryName, uploadId, lastValidByteReceived: (5 << 20) - 1 },
  })
  await part(5 << 20, 10)
  await fails(complete(new Uint8Array(1)), 'InvalidLayerException', /announced/)
  await complete(new Uint8Array((5 << 20) + 10))
  await fails(complete(new Uint8Array(1)), 'UploadNotFoundException', /does not exist/)
})

test('deleting by tag removes the tag, and with the last one the image; images of an index stay', async () => {
  const repositoryName = await newRepository()
  const image = await craftImage(['tagged'])
  const inner = await craftImage(['inner'])
  const index = craftIndex([{ image: inner, architecture: 'amd64' }])
  await putThroughApi(repositoryName, image, 'a')
  await putThroughApi(repositoryName, image, 'b')
  await putThroughApi(repositoryName, inner)
  await putThroughApi(repositoryName, index, 'multi')
  const remove = (...imageIds: Sdk.ImageIdentifier[]) =>
    call<Sdk.BatchDeleteImageResponse>('BatchDeleteImage', { repositoryName, imageIds })
  const imageDigest = image.manifest.digest
  assert.deepEqual((await remove({ imageTag: 'a' })).imageIds, [{ imageDigest, imageTag: 'a' }])
  assert.equal((await describeImages(repositoryName)).length, 3)
  assert.deepEqual((await remove({ imageTag: 'b' })).imageIds, [{ imageDigest, imageTag: 'b' }])
  assert.equal((await describeImages(repositoryName)).length, 2)
  const kept = await remove({ imageDigest: inner.manifest.digest })
  assert.equal(kept.failures?.[0]?.failureCode, 'ImageReferencedByManifestList')
  await fails(
    call('DeleteRepository', { repositoryName }),
    'RepositoryNotEmptyException',
    /cannot be deleted because it still contains images/,
  )
  const both = await remove({ imageDigest: inner.manifest.digest }, { imageDigest: index.manifest.digest })
  assert.deepEqual([both.imageIds?.length, both.failures], [2, []])
  await call('DeleteRepository', { repositoryName })
})

test('images are listed by tag, filtered and paged', async () => {
  const repositoryName = await newRepository()
  const tagged = await craftImage(['tagged'])
  const untagged = await craftImage(['untagged'])
  for (const tag of ['a', 'b', 'c']) await putThroughApi(repositoryName, tagged, tag)
  await putThroughApi(repositoryName, untagged)
  const list = async (filter: object, maxResults = 2) => {
    const seen: (string | undefined)[] = []
    let nextToken: string | undefined
    do {
      const page = await call<Sdk.ListImagesResponse>('ListImages', { repositoryName, filter, maxResults, nextToken })
      seen.push(...(page.imageIds ?? []).map(id => id.imageTag))
      nextToken = page.nextToken
    } while (nextToken)
    return seen.sort()
  }
  assert.deepEqual(await list({}), ['a', 'b', 'c', undefined])
  assert.deepEqual(await list({}, 1), ['a', 'b', 'c', undefined])
  assert.deepEqual(await list({ tagStatus: 'TAGGED' }), ['a', 'b', 'c'])
  assert.deepEqual(await list({ tagStatus: 'UNTAGGED' }), [undefined])
  assert.equal((await describeImages(repositoryName, { filter: { tagStatus: 'TAGGED' } })).length, 1)
  assert.equal((await describeImages(repositoryName, { filter: { imageStatus: 'ARCHIVED' } })).length, 0)
  const stranger = call('ListImages', { repositoryName, nextToken: 'x' })
  await fails(stranger, 'InvalidParameterException', /token/)
})

test('immutability can exclude tags by wildcard', async () => {
  const filter = { filterType: 'WILDCARD', filter: 'dev-*' }
  const repositoryName = await newRepository({
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [filter],
  })
  for (const text of ['one', 'two']) await putThroughApi(repositoryName, await craftImage([text]), 'dev-latest')
  await putThroughApi(repositoryName, await craftImage(['one']), 'v1')
  const moved = putThroughApi(repositoryName, await craftImage(['two']), 'v1')
  await fails(moved, 'ImageTagAlreadyExistsException', /already exists/)
  await call('PutImageTagMutability', { repositoryName, imageTagMutability: 'MUTABLE' })
  await putThroughApi(repositoryName, await craftImage(['two']), 'v1')
})

test('tags and policies of repositories are kept', async () => {
  const repositoryName = await newRepository({ tags: [{ Key: 'team', Value: 'vision' }] })
  const resourceArn = `arn:aws:ecr:${region}:${seller}:repository/${repositoryName}`
  await call('TagResource', { resourceArn, tags: [{ Key: 'cost', Value: '1' }] })
  await call('UntagResource', { resourceArn, tagKeys: ['team'] })
  assert.deepEqual(await call('ListTagsForResource', { resourceArn }), { tags: [{ Key: 'cost', Value: '1' }] })
  const reserved = call('TagResource', { resourceArn, tags: [{ Key: 'aws:x', Value: '' }] })
  await fails(reserved, 'InvalidTagParameterException', /reserved/)
  await fails(
    call('GetRepositoryPolicy', { repositoryName }),
    'RepositoryPolicyNotFoundException',
    /Repository policy does not exist/,
  )
  const bad = { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*' }] }
  await fails(
    call('SetRepositoryPolicy', { repositoryName, policyText: JSON.stringify(bad) }),
    'InvalidParameterException',
    /not an action of ECR/,
  )
  const Condition = { StringMatches: { 'aws:username': 'x' } }
  const unknown = { Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:*', Condition }] }
  await fails(
    call('SetRepositoryPolicy', { repositoryName, policyText: JSON.stringify(unknown) }),
    'InvalidParameterException',
    /StringMatches/,
  )
  const policyText = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }] })
  await call('SetRepositoryPolicy', { repositoryName, policyText })
  assert.equal((await call<{ policyText: string }>('GetRepositoryPolicy', { repositoryName })).policyText, policyText)
  await call('DeleteRepositoryPolicy', { repositoryName })
  await fails(call('DeleteRepositoryPolicy', { repositoryName }), 'RepositoryPolicyNotFoundException', /./)
})

test('a lifecycle policy expires images, and comes back when the next is due', async () => {
  const repositoryName = await newRepository()
  const oldest = await craftImage(['oldest'])
  const newest = await craftImage(['newest'])
  fixture.clock.offset = -86_400_000 * 3
  await putThroughApi(repositoryName, oldest, 'old')
  fixture.clock.offset = 0
  await putThroughApi(repositoryName, newest, 'new')
  const rule = (countNumber: number) => ({
    rulePriority: 1,
    selection: { tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber },
    action: { type: 'expire' },
  })
  const put = (countNumber: number) =>
    call('PutLifecyclePolicy', { repositoryName, lifecyclePolicyText: JSON.stringify({ rules: [rule(countNumber)] }) })
  const reconciler = lifecyclePolicyReconciler(fixture)
  const reconcile = (id: string) => reconciler(id, new AbortController().signal)
  const id = await fixture.store.db
    .selectFrom('ecr_repository')
    .select('id')
    .where('name', '=', repositoryName)
    .executeTakeFirstOrThrow()
  await put(4)
  assert.equal(Math.round(((await reconcile(id.id))?.after ?? 0) / 3_600_000), 24)
  assert.equal((await describeImages(repositoryName)).length, 2)
  await put(2)
  assert.deepEqual(await reconcile(id.id), { after: 0 })
  assert.deepEqual(
    (await describeImages(repositoryName)).flatMap(image => image.imageTags),
    ['new'],
  )
  const { lastEvaluatedAt } = await call<Sdk.GetLifecyclePolicyResponse>('GetLifecyclePolicy', { repositoryName })
  assert.ok(lastEvaluatedAt instanceof Date)
  const queued = await fixture.store.db
    .selectFrom('work')
    .select('key')
    .where('kind', '=', 'lifecycle-policy')
    .execute()
  assert.deepEqual(
    queued.map(row => row.key),
    [id.id],
  )
  await call('DeleteLifecyclePolicy', { repositoryName })
  assert.equal(await reconcile(id.id), undefined)
  await fails(
    call('GetLifecyclePolicy', { repositoryName }),
    'LifecyclePolicyNotFoundException',
    /Lifecycle policy does not exist/,
  )
})

test('an authorization token works as the API returns it', async () => {
  const { authorizationData } = await call<Sdk.GetAuthorizationTokenResponse>('GetAuthorizationToken', {})
  const [data] = authorizationData ?? []
  assert.equal(data?.proxyEndpoint, fixture.url)
  assert.ok((data?.expiresAt?.getTime() ?? 0) > Date.now() + 11 * 3_600_000)
  const authorization = `Basic ${data?.authorizationToken}`
  assert.equal((await fetch(`${fixture.url}/v2/`, { headers: { authorization } })).status, 200)
})
