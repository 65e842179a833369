import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type CraftedBlob, type CraftedImage, craftImage, craftIndex } from './crafted-image.fixture.ts'
import { requestScan } from './image.ts'
import { imageScanReconciler } from './image-scan.reconcile.ts'
import { sha256 } from './manifest.ts'
import { buyer, type Fixture, newName, openFixture, region, rootOf, seller } from './registry.fixture.ts'
import { rememberRegistryHost } from './registry-hosts.ts'
import { machineArchitecture } from './registry-platform.ts'

let fixture: Fixture
before(async () => {
  fixture = await openFixture()
})
after(() => fixture.close())

async function push(name: string, image: CraftedImage, reference: string): Promise<void> {
  const path = `/v2/${seller}/${name}`
  for (const { bytes } of image.blobs)
    await fixture.send('POST', `${path}/blobs/uploads/?digest=${sha256(bytes)}`, { body: bytes })
  const headers = { 'content-type': image.mediaType }
  const put = await fixture.send('PUT', `${path}/manifests/${reference}`, { headers, body: image.manifest.bytes })
  assert.equal(put.status, 201)
}

async function newRepository(): Promise<string> {
  const repositoryName = newName()
  await fixture.call('CreateRepository', { repositoryName })
  return repositoryName
}

const resolve = (uri: string, account = seller) => fixture.images.resolve(rootOf(account), region, uri)

test('both forms of image URI find the image, by tag and by digest', async () => {
  const name = await newRepository()
  const image = await craftImage(['found'])
  await push(name, image, 'latest')
  const { digest } = image.manifest
  const ecr = `${seller}.dkr.ecr.${region}.amazonaws.com`
  for (const uri of [`${fixture.host}/${seller}/${name}`, `${ecr}/${name}:latest`, `${ecr}/${name}@${digest}`])
    assert.deepEqual(await resolve(uri), {
      digest,
      namedDigest: digest,
      registryAccount: seller,
      repository: name,
      sizeBytes: image.blobs.reduce((sum, blob) => sum + blob.bytes.length, 0),
    })
})

test('an image URI of a host or port that the installation had before still finds the image', async () => {
  const name = await newRepository()
  const image = await craftImage(['moved'])
  await push(name, image, 'latest')
  const former = (host: string) => resolve(`${host}/${seller}/${name}`)
  const refusal = { code: 'ValidationException', message: new RegExp(`its registry must be ${fixture.host} or`) }
  await assert.rejects(former('models.example:8443'), refusal)
  for (const url of ['https://models.example:8443', 'http://localhost:4999', fixture.url])
    await rememberRegistryHost(fixture.store, url)
  for (const host of ['models.example:8443', '127.0.0.1:4999', fixture.host])
    assert.equal((await former(host)).digest, image.manifest.digest)
  await assert.rejects(former('models.example:8444'), refusal)
  for (let port = 5000; port < 5100; port++) await rememberRegistryHost(fixture.store, `http://elsewhere:${port}`)
  await assert.rejects(former('models.example:8443'), refusal)
})

test('an index resolves to the image for this machine, or says what it has', async () => {
  const name = await newRepository()
  const here = await craftImage(['here'])
  const there = await craftImage(['there'], { architecture: 'riscv64' })
  for (const image of [here, there]) await push(name, image, image.manifest.digest)
  const both = craftIndex([
    { image: there, architecture: 'riscv64' },
    { image: here, architecture: machineArchitecture },
  ])
  await push(name, both, 'both')
  await push(name, craftIndex([{ image: there, architecture: 'riscv64' }]), 'foreign')
  const found = await resolve(`${fixture.host}/${seller}/${name}:both`)
  assert.deepEqual([found.digest, found.namedDigest], [here.manifest.digest, both.manifest.digest])
  const message = new RegExp(`has no image for linux/${machineArchitecture}.*it has: linux/riscv64`)
  await assert.rejects(resolve(`${fixture.host}/${seller}/${name}:foreign`), { code: 'ValidationException', message })
  const single = resolve(`${fixture.host}/${seller}/${name}@${there.manifest.digest}`)
  await assert.rejects(single, { code: 'ValidationException', message: /is built for linux\/riscv64/ })
})

test('what cannot be found is named, and nothing of other accounts is', async () => {
  const name = await newRepository()
  const at = `${fixture.host}/${seller}`
  const refused = (uri: string, message: RegExp) =>
    assert.rejects(resolve(uri), { code: 'ValidationException', message })
  await refused('docker.io/library/alpine', /its registry must be/)
  await refused(`${fixture.host}/short/name`, /12 digits/)
  await refused(`${at}/${name}:a b`, /is not a tag/)
  await refused(`${at}/no/such:v1`, /no repository with name 'no\/such'/)
  await refused(`${at}/${name}:v1`, /has no image v1/)
  const outside = async (to: string) => {
    const error = await resolve(to, buyer).catch(cause => cause)
    return [error.code, error.message.replaceAll(name, '').replaceAll('no/such', '')]
  }
  assert.deepEqual(await outside(`${at}/${name}`), await outside(`${at}/no/such`))
  assert.equal((await outside(`${at}/${name}`))[0], 'AccessDeniedException')
})

test('the source of an image gives its layers in order', async () => {
  const name = await newRepository()
  const image = await craftImage(['one', 'two', 'three'])
  await push(name, image, 'v1')
  const source = await fixture.images.source(image.manifest.digest)
  const read = await Promise.all([source.config, ...source.layers].map(blob => buffer(blob.open())))
  assert.deepEqual(
    read,
    image.blobs.map(blob => blob.bytes),
  )
})

test('a held image outlives its repository until it is released', async () => {
  const name = await newRepository()
  const image = await craftImage(['held', 'well'])
  await push(name, image, 'v1')
  const { digest } = image.manifest
  await fixture.images.hold(fixture.store, digest, 'job:1')
  await fixture.images.hold(fixture.store, digest, 'job:2')
  await fixture.call('DeleteRepository', { repositoryName: name, force: true })
  await fixture.collect()
  assert.equal((await fixture.images.source(digest)).layers.length, 2)
  await fixture.images.release('job:1')
  await fixture.collect()
  await fixture.images.source(digest)
  await fixture.images.release('job:2')
  await assert.rejects(fixture.images.source(digest), /There is no image/)
  await assert.rejects(fixture.images.hold(fixture.store, digest, 'job:3'), /There is no image/)
  await fixture.collect()
  for (const blob of image.blobs) assert.equal(await fixture.blobs.has(blob.digest), false)
})

test('an image that no engine can run is refused with the part that is to blame', async () => {
  const name = await newRepository()
  const image = await craftImage(['good'])
  const layer = image.blobs[1]?.digest
  const original = JSON.parse(image.manifest.bytes.toString())
  const configuration = JSON.parse(image.blobs[0]?.bytes.toString() ?? '')
  const changed = (manifest: object, config: string): CraftedImage => {
    const bytes = Buffer.from(config)
    const descriptor = { ...original.config, digest: sha256(bytes), size: bytes.length }
    const content = Buffer.from(JSON.stringify({ ...original, config: descriptor, ...manifest }))
    return {
      ...image,
      manifest: { digest: sha256(content), bytes: content },
      blobs: [...image.blobs, { digest: sha256(bytes), bytes }],
    }
  }
  const same = JSON.stringify(configuration)
  const two = JSON.stringify({ ...configuration, rootfs: { diff_ids: [layer, layer] } })
  const strange = { layers: [{ ...original.layers[0], mediaType: 'application/vnd.strange+7z' }] }
  const artifact = { config: { ...original.config, mediaType: 'application/vnd.cncf.helm.config.v1+json' } }
  const cases: readonly [CraftedImage, RegExp][] = [
    [changed(strange, same), new RegExp(`its layer ${layer} has the media type 'application/vnd.strange\\+7z'`)],
    [changed(artifact, same), /its configuration is of type 'application\/vnd.cncf.helm/],
    [changed({}, two), /names 2 layers in rootfs.diff_ids, and its manifest 1/],
    [changed({}, '{}'), /its configuration sha256:[0-9a-f]{64} does not say in rootfs.diff_ids/],
    [changed({}, 'no JSON'), /its configuration sha256:[0-9a-f]{64} does not say in rootfs.diff_ids/],
    [changed({}, JSON.stringify({ ...configuration, os: 'windows' })), /is built for windows/],
  ]
  for (const [crafted, message] of cases) {
    await push(name, crafted, 'bad')
    await assert.rejects(resolve(`${fixture.host}/${seller}/${name}:bad`), { code: 'ValidationException', message })
  }
})

test('an image whose layer is not packed as it says is refused with that layer', async () => {
  const name = await newRepository()
  const image = await craftImage(['packed'])
  const original = JSON.parse(image.manifest.bytes.toString())
  const of = (bytes: Buffer, mediaType: string): CraftedImage => {
    const layer = { mediaType, digest: sha256(bytes), size: bytes.length }
    const content = Buffer.from(JSON.stringify({ ...original, layers: [layer] }))
    const blobs = [image.blobs[0] as CraftedBlob, { digest: layer.digest, bytes }]
    return { ...image, manifest: { digest: sha256(content), bytes: content }, blobs }
  }
  const [gzip, zstd] = ['gzip', 'zstd'].map(kind => `application/vnd.oci.image.layer.v1.tar+${kind}`) as [
    string,
    string,
  ]
  const good = [
    of(gzipSync('x'), gzip),
    of(zstdCompressSync('x'), zstd),
    of(Buffer.from('plain tar'), gzip.slice(0, -5)),
  ]
  for (const crafted of good) {
    await push(name, crafted, 'good')
    await resolve(`${fixture.host}/${seller}/${name}:good`)
  }
  for (const [bytes, type] of [
    [Buffer.from('<html>502 Bad Gateway</html>'), gzip],
    [zstdCompressSync('x'), gzip],
    [gzipSync('x'), zstd],
    [Buffer.from('x'), gzip],
  ] as const) {
    await push(name, of(bytes, type), 'bad')
    const message = new RegExp(`its layer ${sha256(bytes)} is not compressed with (gzip|zstd), as its media type`)
    await assert.rejects(resolve(`${fixture.host}/${seller}/${name}:bad`), { code: 'ValidationException', message })
  }
})

/** The buyer's own image by its manifest and configuration; its layer is the seller's, named as one that is to be had elsewhere. */
function stolenImage(secret: CraftedImage): CraftedImage {
  const manifest = JSON.parse(secret.manifest.bytes.toString())
  const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
  const foreign = { ...manifest.layers[0], mediaType, urls: ['https://example.com/layer'] }
  const content = Buffer.from(JSON.stringify({ ...manifest, layers: [foreign] }))
  return { ...secret, manifest: { digest: sha256(content), bytes: content }, blobs: secret.blobs.slice(0, 1) }
}

test('whoever knows the digest of another’s layer can neither run it, nor have it scanned, nor keep it', async () => {
  const name = await newRepository()
  const secret = await craftImage(['the seller’s code'])
  await push(name, secret, 'v1')
  const layer = secret.blobs[1] as CraftedBlob
  const stolen = stolenImage(secret)
  const repositoryName = newName()
  await fixture.call('CreateRepository', { repositoryName }, rootOf(buyer))
  const path = `/v2/${buyer}/${repositoryName}`
  const as = rootOf(buyer)
  for (const { bytes, digest } of stolen.blobs)
    await fixture.send('POST', `${path}/blobs/uploads/?digest=${digest}`, { body: bytes, as })
  const imageManifest = stolen.manifest.bytes.toString()
  await fixture.call('PutImage', { repositoryName, imageManifest, imageTag: 'v1' }, as)
  const uri = `${fixture.host}/${buyer}/${repositoryName}:v1`
  const message = new RegExp(`its layer ${layer.digest} is not in the repository`)
  await assert.rejects(resolve(uri, buyer), { code: 'ValidationException', message })
  // The same manifest in a repository that has the layer changes nothing for the one that has not.
  await push(name, { ...stolen, blobs: [...stolen.blobs, layer] }, 'foreign')
  assert.equal((await resolve(`${fixture.host}/${seller}/${name}:foreign`)).digest, stolen.manifest.digest)
  await assert.rejects(resolve(uri, buyer), { code: 'ValidationException', message })
  const scanned = await scanOf(repositoryName, stolen.manifest.digest)
  assert.deepEqual([scanned.status, scanned.findings], ['FAILED', '[]'])
  assert.match(scanned.description, /is not in the repository/)
  const blob = `${path}/blobs/${layer.digest}`
  assert.equal((await fixture.send('GET', blob, { as })).status, 404)
  const bare = { layerDigests: [layer.digest], repositoryName }
  const { layers } = await fixture.call<{ layers: { layerAvailability: string }[] }>(
    'BatchCheckLayerAvailability',
    bare,
    as,
  )
  assert.deepEqual(
    layers.map(one => one.layerAvailability),
    ['UNAVAILABLE'],
  )
})

/** Carries out a scan of the image, by a scanner that finds something in whatever it is given. */
async function scanOf(repositoryName: string, digest: string) {
  const { db } = fixture.store
  const { id } = await db
    .selectFrom('ecr_repository')
    .select('id')
    .where('name', '=', repositoryName)
    .executeTakeFirstOrThrow()
  await fixture.store.transaction(tx => requestScan(tx, id, digest, fixture.now().getTime()))
  const scanner = { scan: async () => ({ findings: [{ name: 'CVE-1' }] }) }
  await imageScanReconciler({ ...fixture, scanner })(`${id} ${digest}`, new AbortController().signal)
  const scan = db
    .selectFrom('ecr_image_scan')
    .innerJoin('ecr_image_scan_findings as found', 'found.digest', 'ecr_image_scan.digest')
  return scan
    .select(['status', 'description', 'found.findings'])
    .where('ecr_image_scan.repository', '=', id)
    .executeTakeFirstOrThrow()
}
