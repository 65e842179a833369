import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type CraftedImage, craftImage, craftIndex } from './crafted-image.fixture.ts'
import { sha256 } from './manifest.ts'
import { type Fixture, openFixture, seller } from './registry.fixture.ts'
import { clientOf, nextOf } from './registry-client.fixture.ts'

// The requests that crane, oras and regctl make, in their order, after what their projects document (go-containerregistry's and ORAS's
// user guides, regclient's design notes). docker, skopeo and buildah themselves push and pull in `clients.test.ts`.

let fixture: Fixture
before(async () => {
  fixture = await openFixture()
})
after(() => fixture.close())
const { send, newRepository, push } = clientOf(() => fixture)

const manifestTypes = [
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
].join(',')

const octets = { 'content-type': 'application/octet-stream' }

const putManifest = (path: string, image: CraftedImage, reference: string) =>
  send('PUT', `${path}/manifests/${reference}`, {
    headers: { 'content-type': image.mediaType },
    body: image.manifest.bytes,
  })

async function begin(path: string, query = '', headers: Record<string, string> = {}): Promise<string> {
  const begun = await send('POST', `${path}/blobs/uploads/${query}`, { headers })
  assert.equal(begun.status, 202)
  return begun.headers.get('location') ?? ''
}

/** A digest is added to a location that may have a query of its own. */
const withDigest = (location: string, digest: string): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`

test('crane pings, streams its layers, pushes image and index, lists, asks for digests and deletes', async () => {
  const ping = await fetch(`${fixture.url}/v2/`, { headers: { 'user-agent': 'crane/0.20 go-containerregistry/0.20' } })
  assert.equal(ping.status, 401)
  assert.match(ping.headers.get('www-authenticate') ?? '', /^Basic /)
  const { path, name } = await newRepository()
  const image = await craftImage(['by crane'])
  for (const { digest, bytes } of image.blobs) {
    assert.equal((await send('HEAD', `${path}/blobs/${digest}`)).status, 404)
    const location = await begin(path, '', { 'content-type': 'application/json' })
    const patched = await send('PATCH', location, { headers: octets, body: bytes })
    assert.equal(patched.status, 202)
    const done = await send('PUT', withDigest(patched.headers.get('location') ?? '', digest), { headers: octets })
    assert.equal(done.status, 201)
  }
  assert.equal((await putManifest(path, image, 'v1')).status, 201)
  const index = craftIndex([{ image, architecture: 'amd64' }])
  assert.equal((await putManifest(path, index, 'multi')).status, 201)
  const digest = await send('HEAD', `${path}/manifests/multi`, { headers: { accept: manifestTypes } })
  assert.equal(digest.headers.get('docker-content-digest'), index.manifest.digest)
  assert.equal(digest.headers.get('content-type'), index.mediaType)
  assert.equal(digest.headers.get('content-length'), String(index.manifest.bytes.length))
  const tags = await send('GET', `${path}/tags/list?n=1000`)
  assert.deepEqual(await tags.json(), { name: `${seller}/${name}`, tags: ['multi', 'v1'] })
  const catalog = await send('GET', '/v2/_catalog?n=1000')
  const { repositories } = (await catalog.json()) as { repositories: string[] }
  assert.ok(repositories.includes(`${seller}/${name}`))
  assert.equal((await send('DELETE', `${path}/manifests/${index.manifest.digest}`)).status, 202)
})

test('crane copies between repositories by mounting, whether or not it may', async () => {
  const from = await newRepository()
  const to = await newRepository()
  const image = await craftImage(['to copy'])
  await push(from.path, image)
  const mount = (digest: string, source: string) =>
    send('POST', `${to.path}/blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(source)}`, {
      headers: { 'content-type': 'application/json' },
    })
  const [config, layer] = image.blobs as [CraftedImage['blobs'][0], CraftedImage['blobs'][0]]
  assert.equal((await mount(layer.digest, `${seller}/${from.name}`)).status, 201)
  const refused = await mount(config.digest, 'library/elsewhere')
  assert.equal(refused.status, 202)
  const location = refused.headers.get('location') ?? ''
  const put = await send('PUT', withDigest(location, config.digest), { headers: octets, body: config.bytes })
  assert.equal(put.status, 201)
  assert.equal((await putManifest(to.path, image, 'copied')).status, 201)
})

const empty = { digest: sha256(Buffer.from('{}')), bytes: Buffer.from('{}') }
const emptyType = 'application/vnd.oci.empty.v1+json'

test('oras pushes an artifact, attaches others to it, finds them by type, and pulls', async () => {
  const { path } = await newRepository()
  const file = { digest: sha256(Buffer.from('weights')), bytes: Buffer.from('weights') }
  for (const { digest, bytes } of [empty, file]) {
    assert.equal((await send('HEAD', `${path}/blobs/${digest}`)).status, 404)
    const location = await begin(path, '', { 'content-length': '0' })
    assert.equal((await send('PUT', withDigest(location, digest), { headers: octets, body: bytes })).status, 201)
  }
  const artifact = (artifactType: string, more: object = {}): CraftedImage => {
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const layer = {
      ...{ mediaType: 'application/octet-stream', digest: file.digest, size: file.bytes.length },
      annotations: { 'org.opencontainers.image.title': 'model.bin' },
    }
    const config = { mediaType: emptyType, digest: empty.digest, size: 2, data: 'e30=' }
    const content = { schemaVersion: 2, mediaType, artifactType, config, layers: [layer], ...more }
    const bytes = Buffer.from(JSON.stringify(content))
    return { manifest: { digest: sha256(bytes), bytes }, mediaType, blobs: [] }
  }
  const model = artifact('application/vnd.example.model')
  assert.equal((await send('HEAD', `${path}/manifests/v1`, { headers: { accept: model.mediaType } })).status, 404)
  const pushed = await putManifest(path, model, 'v1')
  assert.deepEqual([pushed.status, pushed.headers.get('oci-subject')], [201, null])
  const zeros = await send('GET', `${path}/referrers/sha256:${'0'.repeat(64)}`)
  assert.equal(zeros.status, 200)
  assert.equal(zeros.headers.get('content-type'), 'application/vnd.oci.image.index.v1+json')
  const subject = { mediaType: model.mediaType, digest: model.manifest.digest, size: model.manifest.bytes.length }
  for (const type of ['application/vnd.example.sbom', 'application/vnd.example.signature']) {
    const attached = artifact(type, { subject, annotations: { kind: type } })
    const answered = await putManifest(path, attached, attached.manifest.digest)
    assert.equal(answered.headers.get('oci-subject'), model.manifest.digest)
  }
  const discover = async (query: string) => {
    const response = await send('GET', `${path}/referrers/${model.manifest.digest}${query}`)
    const { manifests } = (await response.json()) as { manifests: { artifactType: string; annotations: object }[] }
    return [response.headers.get('oci-filters-applied'), manifests.map(one => one.artifactType).sort()]
  }
  assert.deepEqual(await discover(''), [null, ['application/vnd.example.sbom', 'application/vnd.example.signature']])
  const sbom = `?artifactType=${encodeURIComponent('application/vnd.example.sbom')}`
  assert.deepEqual(await discover(sbom), ['artifactType', ['application/vnd.example.sbom']])
  const head = await send('HEAD', `${path}/manifests/v1`, { headers: { accept: manifestTypes } })
  const found = head.headers.get('docker-content-digest')
  assert.equal(found, model.manifest.digest)
  const got = await send('GET', `${path}/manifests/${found}`, { headers: { accept: model.mediaType } })
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), model.manifest.bytes)
  const rest = await send('GET', `${path}/blobs/${file.digest}`, { headers: { range: 'bytes=3-6' } })
  assert.deepEqual([rest.status, await rest.text()], [206, 'ghts'])
})

test('regctl uploads in chunks, is told how far it is, lists tags in pages and deletes one', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['by regctl'])
  for (const { digest, bytes } of image.blobs) {
    let location = await begin(path, `?digest-algorithm=sha256`)
    const half = bytes.length >> 1
    for (const [start, end] of [
      [0, half],
      [half, bytes.length],
    ] as const) {
      const sent = await send('PATCH', location, {
        headers: { ...octets, 'content-range': `${start}-${end - 1}` },
        body: bytes.subarray(start, end),
      })
      assert.deepEqual([sent.status, sent.headers.get('range')], [202, `0-${end - 1}`])
      location = sent.headers.get('location') ?? ''
    }
    const again = await send('PATCH', location, { headers: { ...octets, 'content-range': '0-1' }, body: 'xx' })
    assert.deepEqual([again.status, again.headers.get('range')], [416, `0-${bytes.length - 1}`])
    const status = await send('GET', location)
    assert.deepEqual([status.status, status.headers.get('range')], [204, `0-${bytes.length - 1}`])
    assert.equal((await send('PUT', withDigest(location, digest), { headers: octets })).status, 201)
  }
  for (const tag of ['a', 'b', 'c']) assert.equal((await putManifest(path, image, tag)).status, 201)
  const first = await send('GET', `${path}/tags/list?n=2&last=`)
  assert.deepEqual(((await first.json()) as { tags: string[] }).tags, ['a', 'b'])
  const second = await send('GET', nextOf(first) ?? '')
  assert.deepEqual(((await second.json()) as { tags: string[] }).tags, ['c'])
  assert.equal((await send('DELETE', `${path}/manifests/a`)).status, 202)
  assert.equal((await send('HEAD', `${path}/manifests/b`, { headers: { accept: manifestTypes } })).status, 200)
  const blob = image.blobs[1]
  const layer = await send('GET', `${path}/blobs/${blob?.digest}`, { headers: { accept: '*/*' } })
  assert.deepEqual(Buffer.from(await layer.arrayBuffer()), blob?.bytes)
})
