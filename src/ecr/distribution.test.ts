import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { after, before, test } from 'node:test'
import { type CraftedImage, craftImage, craftIndex } from './crafted-image.fixture.ts'
import { mostParts, sha256 } from './manifest.ts'
import { buyer, type Fixture, openFixture, region, rootOf, seller } from './registry.fixture.ts'
import { clientOf, codeOf, nextOf } from './registry-client.fixture.ts'

// Each case is a sentence of the OCI Distribution Specification 1.1, the OCI Image Specification 1.1 or RFC 9110, which it names.

let fixture: Fixture
before(async () => {
  fixture = await openFixture({ userActions: ['ecr:DescribeRepositories', 'ecr:BatchGetImage'] })
})
after(() => fixture.close())
const { send, newRepository, push } = clientOf(() => fixture)

const document = (image: CraftedImage) => JSON.parse(image.manifest.bytes.toString())

const put = (path: string, manifest: object, type: string, reference = 'x') =>
  send('PUT', `${path}/manifests/${reference}`, { headers: { 'content-type': type }, body: JSON.stringify(manifest) })

const sha512 = `sha512:${'a'.repeat(128)}`
const impossible = ['-bad-', `${'a'.repeat(129)}`, 'sha256:short', `sha256:${'A'.repeat(64)}`, sha512, 'md5:%20']

test('Pulling manifests, Pulling blobs: what cannot exist is answered as what does not, 404', async () => {
  const { path } = await newRepository()
  for (const reference of impossible) {
    const to = `${path}/manifests/${reference}`
    assert.deepEqual(await codeOf(await send('GET', to)), [404, 'MANIFEST_UNKNOWN'], to)
    assert.equal((await send('HEAD', to)).status, 404, to)
    assert.deepEqual(await codeOf(await send('DELETE', to)), [404, 'MANIFEST_UNKNOWN'], to)
    const blob = `${path}/blobs/${reference}`
    assert.deepEqual(await codeOf(await send('GET', blob)), [404, 'BLOB_UNKNOWN'], blob)
    assert.equal((await send('HEAD', blob)).status, 404, blob)
    assert.deepEqual(await codeOf(await send('DELETE', blob)), [404, 'BLOB_UNKNOWN'], blob)
  }
})

test('Pushing manifests: a reference that cannot be is refused with the code of its kind', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['refused'])
  await push(path, image)
  const at = async (reference: string) => codeOf(await put(path, document(image), image.mediaType, reference))
  assert.deepEqual(await at('-bad-'), [400, 'TAG_INVALID'])
  assert.deepEqual(await at(sha512), [400, 'DIGEST_INVALID'])
  assert.deepEqual(await at(sha256(Buffer.from('other'))), [400, 'DIGEST_INVALID'])
})

test('Pushing manifests: Content-Type must be the mediaType of the manifest', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['typed'])
  await push(path, image)
  for (const type of ['application/json', 'application/vnd.docker.distribution.manifest.v2+json', 'x'])
    assert.deepEqual(await codeOf(await put(path, document(image), type)), [400, 'MANIFEST_INVALID'], type)
  assert.equal((await put(path, document(image), `${image.mediaType}; charset=utf-8`)).status, 201)
})

test('Pushing manifests: without a mediaType the Content-Type says what the manifest is, to each repository for itself', async () => {
  const docker = 'application/vnd.docker.distribution.manifest.v2+json'
  const oci = 'application/vnd.oci.image.manifest.v1+json'
  const image = await craftImage(['untyped'])
  const { mediaType: _, ...untyped } = document(image)
  for (const type of [docker, oci]) {
    const { path } = await newRepository()
    await push(path, image)
    assert.equal((await put(path, untyped, type)).status, 201)
    assert.equal((await send('GET', `${path}/manifests/x`)).headers.get('content-type'), type)
    const other = type === oci ? docker : oci
    assert.equal((await put(path, untyped, other)).status, 201)
    assert.equal((await send('GET', `${path}/manifests/x`)).headers.get('content-type'), other)
    assert.deepEqual(await codeOf(await put(path, untyped, 'application/json')), [400, 'MANIFEST_INVALID'])
  }
})

test('Image Specification, Guidelines on ambiguity: a manifest is an image or an index', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['ambiguous'])
  await push(path, image)
  const index = craftIndex([{ image, architecture: 'amd64' }])
  const both = { ...document(image), manifests: document(index).manifests }
  assert.deepEqual(await codeOf(await put(path, both, image.mediaType)), [400, 'MANIFEST_INVALID'])
  assert.deepEqual(await codeOf(await put(path, { ...both, mediaType: index.mediaType }, index.mediaType)), [
    400,
    'MANIFEST_INVALID',
  ])
  const { mediaType: _, ...untyped } = both
  assert.deepEqual(await codeOf(await put(path, untyped, image.mediaType)), [400, 'MANIFEST_INVALID'])
})

test('Image Specification, Image Manifest: no layers may be written as null, as Go does', async () => {
  const { path } = await newRepository()
  const image = await craftImage([])
  await push(path, image, 'none')
  const manifest = { ...document(image), layers: null, annotations: null, subject: null }
  assert.equal((await put(path, manifest, image.mediaType)).status, 201)
  const index = craftIndex([])
  assert.equal((await put(path, { ...document(index), manifests: null }, index.mediaType)).status, 201)
  const { config: _, ...noConfig } = document(image)
  assert.deepEqual(await codeOf(await put(path, noConfig, image.mediaType)), [400, 'MANIFEST_INVALID'])
})

test('a manifest of more parts than can be checked at once is refused before any of them is looked for', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['many'])
  await push(path, image)
  const [layer] = document(image).layers
  const of = (count: number) => ({ ...document(image), layers: Array.from({ length: count }, () => layer) })
  assert.equal((await put(path, of(mostParts), image.mediaType)).status, 201)
  const refused = await put(path, of(mostParts + 1), image.mediaType)
  assert.equal(refused.status, 400)
  assert.match(await refused.text(), /MANIFEST_INVALID.*at most 4096 are allowed/)
})

test('an image has a thousand tags at the most, as in ECR', async () => {
  const { path, name } = await newRepository()
  const image = await craftImage(['much tagged'])
  await push(path, image, 'tag-0')
  const { db } = fixture.store
  const { repository, digest } = await db
    .selectFrom('ecr_tag')
    .innerJoin('ecr_repository as there', 'there.id', 'ecr_tag.repository')
    .select(['ecr_tag.repository', 'ecr_tag.digest'])
    .where('there.name', '=', name)
    .executeTakeFirstOrThrow()
  const tags = Array.from({ length: 998 }, (_, index) => ({ repository, digest, tag: `tag-${index + 1}` }))
  await db.insertInto('ecr_tag').values(tags).execute()
  assert.equal((await push(path, image, 'the-thousandth')).status, 201)
  assert.equal((await push(path, image, 'tag-7')).status, 201)
  const refused = await push(path, image, 'one-more')
  assert.equal(refused.status, 403)
  assert.match(await refused.text(), /has 1000 tags, the most that an image can have/)
})

test('Image Specification, Descriptors: an index describes its children by their size and type', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['child'])
  await push(path, image, 'child')
  const index = craftIndex([{ image, architecture: 'amd64' }])
  const [child] = document(index).manifests
  const withChild = (change: object) => ({ ...document(index), manifests: [{ ...child, ...change }] })
  const type = 'application/vnd.docker.distribution.manifest.v2+json'
  for (const change of [{ size: child.size + 1 }, { size: 0 }, { mediaType: type }])
    assert.deepEqual(await codeOf(await put(path, withChild(change), index.mediaType)), [400, 'MANIFEST_INVALID'])
  assert.equal((await put(path, withChild({}), index.mediaType)).status, 201)
})

test('Mounting a blob from another repository: where it cannot be mounted an upload begins, 202', async () => {
  const from = await newRepository()
  const to = await newRepository()
  const bytes = Buffer.from('to mount')
  await send('POST', `${from.path}/blobs/uploads/?digest=${sha256(bytes)}`, { body: bytes })
  const mount = async (query: string) => {
    const response = await send('POST', `${to.path}/blobs/uploads/?${query}`)
    return [response.status, /\/blobs\/uploads\/[0-9a-f-]{36}$/.test(response.headers.get('location') ?? '')]
  }
  const digest = `mount=${sha256(bytes)}`
  for (const source of ['', '&from=', '&from=no%20name', '&from=UPPER', `&from=${seller}/UPPER`, '&from=../..'])
    assert.deepEqual(await mount(`${digest}${source}`), [202, true], source)
  assert.deepEqual(await mount(`mount=${sha512}&from=${seller}/${from.name}`), [202, true])
  assert.deepEqual(await mount(`${digest}&from=${seller}/${from.name}`), [201, false])
})

test('RFC 9110, If-None-Match: what the client has is not sent again', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['known'])
  await push(path, image)
  const layer = image.blobs[0]?.digest ?? ''
  for (const to of [`${path}/manifests/latest`, `${path}/manifests/${image.manifest.digest}`, `${path}/blobs/${layer}`])
    for (const method of ['GET', 'HEAD']) {
      const etag = (await send(method, to)).headers.get('etag') ?? ''
      for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const response = await send(method, to, { headers: { 'if-none-match': known } })
        assert.deepEqual([response.status, response.headers.get('etag'), await response.text()], [304, etag, ''], to)
      }
      assert.equal((await send(method, to, { headers: { 'if-none-match': '"x"' } })).status, 200)
    }
})

test('RFC 9110, If-Range: a range only of the content that the client means, else the whole', async () => {
  const { path } = await newRepository()
  const bytes = Buffer.from('0123456789')
  const to = `${path}/blobs/${sha256(bytes)}`
  await send('POST', `${path}/blobs/uploads/?digest=${sha256(bytes)}`, { body: bytes })
  const read = async (ifRange: string) => {
    const response = await send('GET', to, { headers: { range: 'bytes=2-4', 'if-range': ifRange } })
    return [response.status, await response.text()]
  }
  assert.deepEqual(await read(`"${sha256(bytes)}"`), [206, '234'])
  for (const other of ['"x"', `W/"${sha256(bytes)}"`, 'Sat, 28 Nov 2026 00:00:00 GMT'])
    assert.deepEqual(await read(other), [200, '0123456789'], other)
})

test('RFC 9110, 405: the answer says in Allow what may be asked', async () => {
  const { path } = await newRepository()
  const allowed = async (method: string, to: string) => {
    const response = await send(method, to)
    return [response.status, response.headers.get('allow')]
  }
  assert.deepEqual(await allowed('PUT', `${path}/tags/list`), [405, 'GET'])
  assert.deepEqual(await allowed('PATCH', `${path}/manifests/x`), [405, 'GET, HEAD, PUT, DELETE'])
  assert.deepEqual(await allowed('PUT', `${path}/blobs/uploads/`), [405, 'POST'])
  assert.deepEqual(await allowed('POST', '/v2/_catalog'), [405, 'GET'])
  const image = await craftImage(['in an index'])
  await push(path, image)
  await push(path, craftIndex([{ image, architecture: 'amd64' }]), 'index')
  assert.deepEqual(await allowed('DELETE', `${path}/manifests/${image.manifest.digest}`), [405, 'GET, HEAD, PUT'])
  assert.equal((await send('POST', '/v2/nothing')).status, 404)
})

test('RFC 9110, Accept: a type with a weight of 0 is not acceptable', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['weighed'])
  await push(path, image)
  const get = async (accept: string) => (await send('GET', `${path}/manifests/latest`, { headers: { accept } })).status
  for (const accept of [
    image.mediaType,
    '*/*',
    'application/*',
    `${image.mediaType}; q=0.1`,
    `a/b, ${image.mediaType}`,
  ])
    assert.equal(await get(accept), 200, accept)
  for (const accept of [`${image.mediaType};q=0`, `*/*, ${image.mediaType};q=0.0`, '*/*;q=0', 'text/*', 'a/b'])
    assert.equal(await get(accept), 404, accept)
})

test('Listing Referrers: an empty artifactType filters nothing, one of another algorithm has none, none of no form is refused', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['subject'])
  await push(path, image)
  const subject = { mediaType: image.mediaType, digest: image.manifest.digest, size: image.manifest.bytes.length }
  await push(path, await craftImage(['empty type'], { extra: { subject, artifactType: '' } }), 'signature')
  const list = await send('GET', `${path}/referrers/${image.manifest.digest}?artifactType=`)
  assert.equal(list.headers.get('oci-filters-applied'), null)
  const { manifests } = (await list.json()) as { manifests: { artifactType: string }[] }
  assert.deepEqual(
    manifests.map(one => one.artifactType),
    ['application/vnd.oci.image.config.v1+json'],
  )
  const other = await send('GET', `${path}/referrers/${sha512}`)
  assert.deepEqual([other.status, ((await other.json()) as { manifests: [] }).manifests], [200, []])
  for (const bad of ['latest', 'sha256:short', ':'])
    assert.deepEqual(await codeOf(await send('GET', `${path}/referrers/${bad}`)), [400, 'DIGEST_INVALID'], bad)
})

test('the catalog lists what the caller may describe, in pages, and nothing of other accounts', async () => {
  const account = '333333333333'
  const names = ['a/one', 'b/two', 'c/three', 'd/four', 'e/five']
  for (const repositoryName of names) await fixture.call('CreateRepository', { repositoryName }, rootOf(account))
  await fixture.call('CreateRepository', { repositoryName: 'elsewhere' }, rootOf(account), 'eu-west-1')
  const list = async (options: Parameters<typeof send>[2], first = '/v2/_catalog?n=2') => {
    const pages: string[][] = []
    for (let next: string | undefined = first; next; ) {
      const response = await send('GET', next, options)
      assert.equal(response.status, 200)
      pages.push(((await response.json()) as { repositories: string[] }).repositories)
      next = nextOf(response)
    }
    return pages
  }
  const full = names.map(name => `${account}/${name}`)
  assert.deepEqual(await list({ as: rootOf(account) }), [full.slice(0, 2), full.slice(2, 4), full.slice(4)])
  assert.deepEqual(await list({ as: rootOf(account) }, '/v2/_catalog'), [full])
  assert.deepEqual(await list({ as: rootOf(account) }, `/v2/_catalog?last=${account}/c/three`), [full.slice(3)])
  assert.deepEqual(await list({ as: rootOf(account) }, '/v2/_catalog?n=0'), [[]])
  assert.deepEqual(await list({ as: rootOf('444444444444') }), [[]])
  const user = (name: string) => {
    const arn = `arn:aws:iam::${account}:user/${name}`
    return { kind: 'user', account, arn, userId: 'AIDA', identityArn: arn } as const
  }
  assert.deepEqual((await list({ as: user('reader') })).flat(), full)
  assert.equal((await fetch(`${fixture.url}/v2/_catalog`)).status, 401)
  assert.deepEqual(await codeOf(await send('GET', '/v2/_catalog?n=x')), [400, 'UNSUPPORTED'])
})

test('under ECR’s host name the catalog is of that registry, and shows what its policies let the caller describe', async () => {
  const open = await newRepository()
  const closed = await newRepository()
  const Statement = [{ Effect: 'Allow', Principal: { AWS: rootOf(buyer).arn }, Action: ['ecr:DescribeRepositories'] }]
  await fixture.call('SetRepositoryPolicy', { repositoryName: open.name, policyText: JSON.stringify({ Statement }) })
  const names = await new Promise<string[]>((resolve, reject) => {
    const headers = { authorization: fixture.basic(rootOf(buyer)), host: `${seller}.dkr.ecr.${region}.amazonaws.com` }
    httpRequest(`${fixture.url}/v2/_catalog`, { headers }, async response => {
      const { repositories } = JSON.parse(Buffer.concat(await response.toArray()).toString())
      resolve(repositories)
    })
      .on('error', reject)
      .end()
  })
  assert.ok(names.includes(open.name))
  assert.ok(!names.includes(closed.name))
})

test('a token of a disabled account is refused, and taken again once the account is enabled', async () => {
  const { path } = await newRepository()
  await push(path, await craftImage(['kept']))
  const tags = () => send('GET', `${path}/tags/list`)
  assert.equal((await tags()).status, 200)
  fixture.disabled.add(seller)
  assert.deepEqual(await codeOf(await tags()), [403, 'DENIED'])
  fixture.disabled.delete(seller)
  assert.equal((await tags()).status, 200)
})
