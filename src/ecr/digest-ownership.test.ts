import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CraftedImage, craftImage, craftIndex } from './crafted-image.fixture.ts'
import { sha256 } from './manifest.ts'
import { buyer, type Fixture, openFixture, region, rootOf, seller } from './registry.fixture.ts'
import { clientOf } from './registry-client.fixture.ts'

// Whoever knows a digest has nothing by it: every way to name one, tried from a repository that does not have it.

let fixture: Fixture
let secret: CraftedImage
let own: CraftedImage
let path: string
let name: string
before(async () => {
  fixture = await openFixture()
  const sellers = await newRepository()
  secret = await craftImage(['the seller’s weights'])
  await push(sellers.path, secret)
  ;({ path, name } = await newRepository({}, buyer))
  own = await craftImage(['the buyer’s own'])
  for (const { bytes } of own.blobs)
    await send('POST', `${path}/blobs/uploads/?digest=${sha256(bytes)}`, { body: bytes })
})
after(() => fixture.close())
const client = clientOf(() => fixture)
const { newRepository, push } = client
const as = rootOf(buyer)
const send: Fixture['send'] = (method, to, options = {}) => client.send(method, to, { as, ...options })
const call = (operation: string, input: object) =>
  fixture.call<Record<string, unknown[]>>(operation, { repositoryName: name, ...input }, as)

const manifest = () => JSON.parse(own.manifest.bytes.toString())
const secretManifest = () => JSON.parse(secret.manifest.bytes.toString())

async function put(document: object, mediaType = own.mediaType): Promise<number> {
  const body = JSON.stringify(document)
  const byDigest = `${path}/manifests/${sha256(Buffer.from(body))}`
  return (await send('PUT', byDigest, { headers: { 'content-type': mediaType }, body })).status
}

test('as a layer, a configuration, or an image of an index of a manifest', async () => {
  const [layer] = secretManifest().layers
  assert.equal(await put({ ...manifest(), layers: [layer] }), 404)
  assert.equal(await put({ ...manifest(), config: secretManifest().config }), 404)
  const index = craftIndex([{ image: secret, architecture: 'amd64' }])
  assert.equal(await put(JSON.parse(index.manifest.bytes.toString()), index.mediaType), 404)
  for (const imageManifest of [secret, index].map(image => image.manifest.bytes.toString()))
    await assert.rejects(call('PutImage', { imageManifest }), { code: /^(Layers|ReferencedImages)NotFoundException$/ })
})

test('as a configuration that has URLs, or as one layer with and one without', async () => {
  const [layer] = secretManifest().layers
  const elsewhere = { urls: ['https://example.com'] }
  assert.equal(await put({ ...manifest(), config: { ...secretManifest().config, ...elsewhere } }), 404)
  assert.equal(await put({ ...manifest(), layers: [{ ...layer, ...elsewhere }, layer] }), 404)
  assert.equal(await put({ ...manifest(), layers: [layer, { ...layer, ...elsewhere }] }), 404)
})

test('as a layer with URLs, which is pushed, and then neither run nor kept nor counted', async () => {
  const [layer] = secretManifest().layers
  const stolen = { ...manifest(), layers: [{ ...layer, urls: ['https://example.com'] }] }
  assert.equal(await put(stolen), 201)
  const digest = sha256(Buffer.from(JSON.stringify(stolen)))
  const uri = `${fixture.host}/${buyer}/${name}@${digest}`
  await assert.rejects(fixture.images.resolve(as, region, uri), { code: 'ValidationException', message: /its layer/ })
  const { imageDetails } = await call('DescribeImages', { imageIds: [{ imageDigest: digest }] })
  assert.partialDeepStrictEqual(imageDetails, [{ imageSizeInBytes: own.blobs[0]?.bytes.length }])
})

test('as the subject of a manifest: nothing is told of it', async () => {
  const subject = { mediaType: secret.mediaType, digest: secret.manifest.digest, size: secret.manifest.bytes.length }
  assert.equal(await put({ ...manifest(), subject }), 201)
  assert.equal((await send('GET', `${path}/manifests/${subject.digest}`)).status, 404)
  const listed = await fixture.send('GET', `/v2/${seller}/none/referrers/${subject.digest}`, { as })
  assert.equal(listed.status, 403)
})

test('as what an upload ends with, without its bytes', async () => {
  for (const { digest } of [...secret.blobs, secret.manifest]) {
    const begun = await send('POST', `${path}/blobs/uploads/`)
    const location = begun.headers.get('location') ?? ''
    assert.equal((await send('PUT', `${location}?digest=${digest}`)).status, 400)
    assert.equal((await send('POST', `${path}/blobs/uploads/?digest=${digest}`, { body: 'x' })).status, 400)
    const { uploadId } = await fixture.call<{ uploadId: string }>('InitiateLayerUpload', { repositoryName: name }, as)
    const part = { uploadId, partFirstByte: 0, partLastByte: 0, layerPartBlob: new Uint8Array(1) }
    await call('UploadLayerPart', part)
    await assert.rejects(call('CompleteLayerUpload', { uploadId, layerDigests: [digest] }), {
      code: 'InvalidLayerException',
    })
  }
})

test('as what is mounted, asked for, downloaded or read', async () => {
  for (const { digest } of secret.blobs) {
    for (const from of ['', `&from=${buyer}/${name}`, `&from=${seller}/none`])
      assert.equal((await send('POST', `${path}/blobs/uploads/?mount=${digest}${from}`)).status, 202)
    for (const method of ['GET', 'HEAD', 'DELETE'])
      assert.equal((await send(method, `${path}/blobs/${digest}`)).status, 404)
    await assert.rejects(call('GetDownloadUrlForLayer', { layerDigest: digest }), { code: 'LayersNotFoundException' })
    const { layers } = await call('BatchCheckLayerAvailability', { layerDigests: [digest] })
    assert.partialDeepStrictEqual(layers, [{ layerAvailability: 'UNAVAILABLE' }])
  }
  const imageDigest = secret.manifest.digest
  const { images } = await call('BatchGetImage', { imageIds: [{ imageDigest }] })
  assert.deepEqual(images, [])
  for (const operation of ['StartImageScan', 'DescribeImageScanFindings'])
    await assert.rejects(call(operation, { imageId: { imageDigest } }), { code: 'ImageNotFoundException' })
  const uri = `${fixture.host}/${buyer}/${name}@${imageDigest}`
  await assert.rejects(fixture.images.resolve(as, region, uri), {
    code: 'ValidationException',
    message: /has no image/,
  })
})
