import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { craftImage, craftIndex } from './crafted-image.fixture.ts'
import { manifestLimit, sha256 } from './manifest.ts'
import { buyer, type Fixture, openFixture, region, rootOf, seller } from './registry.fixture.ts'
import { clientOf, codeOf, nextOf } from './registry-client.fixture.ts'
import { machineArchitecture } from './registry-platform.ts'

let fixture: Fixture
before(async () => {
  fixture = await openFixture({ userActions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] })
})
after(() => fixture.close())

const { send, newRepository, push } = clientOf(() => fixture)

const post = (path: string, bytes: Buffer) =>
  send('POST', `${path}/blobs/uploads/?digest=${sha256(bytes)}`, { body: bytes })

test('the base check asks for credentials and takes Basic and Bearer tokens', async () => {
  const challenge = await fetch(`${fixture.url}/v2/`)
  assert.deepEqual(await codeOf(challenge), [401, 'UNAUTHORIZED'])
  assert.match(challenge.headers.get('www-authenticate') ?? '', /^Basic realm=/)
  assert.equal(challenge.headers.get('docker-distribution-api-version'), 'registry/2.0')
  const token = fixture.tokens.issue({ principal: rootOf(seller), region }).password
  const encoded = Buffer.from(`AWS:${token}`).toString('base64')
  for (const authorization of [`Basic ${encoded}`, `Bearer ${token}`, `Bearer ${encoded}`])
    assert.equal((await fetch(`${fixture.url}/v2/`, { headers: { authorization } })).status, 200)
  const forged = [
    `Bearer ${token}x`,
    `Bearer x${token}`,
    'Basic QVdTOg==',
    `Basic ${Buffer.from(`me:${token}`).toString('base64')}`,
  ]
  for (const authorization of forged)
    assert.deepEqual(await codeOf(await fetch(`${fixture.url}/v2/`, { headers: { authorization } })), [
      401,
      'UNAUTHORIZED',
    ])
})

test('a token expires after twelve hours, in ECR’s words', async () => {
  const authorization = fixture.basic()
  fixture.clock.offset = 12 * 3_600_000
  const response = await fetch(`${fixture.url}/v2/`, { headers: { authorization } })
  fixture.clock.offset = 0
  assert.equal(response.status, 403)
  assert.match(await response.text(), /Your authorization token has expired\. Reauthenticate and try again\./)
})

test('a layer sent in one POST, in POST and PUT, in one PATCH and in chunks is the same layer', async () => {
  const bytes = Buffer.from('a layer of some bytes')
  const digest = sha256(bytes)
  const ways: Record<string, (path: string) => Promise<Response>> = {
    post: path => post(path, bytes),
    put: async path => send('PUT', `${await begin(path)}?digest=${digest}`, { body: bytes }),
    patch: async path => {
      const location = await begin(path)
      const sent = await send('PATCH', location, { body: bytes })
      assert.deepEqual([sent.status, sent.headers.get('range')], [202, `0-${bytes.length - 1}`])
      return send('PUT', `${location}?digest=${digest}`)
    },
    chunks: async path => {
      const location = await begin(path)
      await chunk(location, bytes.subarray(0, 5), '0-4')
      await chunk(location, bytes.subarray(5, 9), '5-8')
      return send('PUT', `${location}?digest=${digest}`, {
        headers: { 'content-range': `9-${bytes.length - 1}` },
        body: bytes.subarray(9),
      })
    },
    'a stream that goes on in chunks': async path => {
      const location = await begin(path)
      await send('PATCH', location, { body: bytes.subarray(0, 5) })
      await chunk(location, bytes.subarray(5), `5-${bytes.length - 1}`)
      return send('PUT', `${location}?digest=${digest}`)
    },
  }
  for (const [way, put] of Object.entries(ways)) {
    const { path } = await newRepository()
    assert.equal((await send('HEAD', `${path}/blobs/${digest}`)).status, 404, way)
    const done = await put(path)
    assert.deepEqual([done.status, done.headers.get('docker-content-digest')], [201, digest], way)
    const read = await send('GET', done.headers.get('location') ?? '')
    assert.equal(await read.text(), bytes.toString(), way)
    assert.equal(read.headers.get('content-type'), 'application/octet-stream')
  }
})

async function begin(path: string): Promise<string> {
  const response = await send('POST', `${path}/blobs/uploads/`)
  assert.equal(response.status, 202)
  return response.headers.get('location') ?? ''
}

const chunk = (location: string, body: Buffer, range: string) =>
  send('PATCH', location, { headers: { 'content-range': range }, body })

test('an upload tells how far it is, refuses what does not fit and can be cancelled', async () => {
  const { path } = await newRepository()
  const location = await begin(path)
  await chunk(location, Buffer.from('01234'), '0-4')
  const misplaced = await chunk(location, Buffer.from('789'), '7-9')
  assert.deepEqual([misplaced.status, misplaced.headers.get('range')], [416, '0-4'])
  const short = await chunk(location, Buffer.from('56'), '5-9')
  assert.equal(short.status, 416)
  const status = await send('GET', location)
  assert.deepEqual([status.status, status.headers.get('range'), status.headers.get('location')], [204, '0-4', location])
  assert.deepEqual(await codeOf(await send('PUT', `${location}?digest=${sha256(Buffer.from('other'))}`)), [
    400,
    'DIGEST_INVALID',
  ])
  assert.deepEqual(await codeOf(await send('PUT', `${location}?digest=md5:1`)), [400, 'DIGEST_INVALID'])
  assert.equal((await send('DELETE', location)).status, 204)
  assert.deepEqual(await codeOf(await send('GET', location)), [404, 'BLOB_UPLOAD_UNKNOWN'])
})

test('what arrived of a chunk before the client went away is kept, and the client can go on', async () => {
  const { path } = await newRepository()
  const location = await begin(path)
  const bytes = randomBytes(600_000)
  await new Promise<void>(resolve => {
    const request = httpRequest(`${fixture.url}${location}`, {
      method: 'PATCH',
      headers: { authorization: fixture.basic(), 'content-range': '0-599999', 'content-length': 600_000 },
    })
    request.on('error', () => resolve())
    request.write(bytes.subarray(0, 300_000), () => setTimeout(() => request.destroy(), 100))
  })
  let received = 0
  for (let tries = 0; tries < 50 && received === 0; tries++) {
    received = Number((await send('GET', location)).headers.get('range')?.slice(2))
    if (received === 0) await new Promise(resolve => setTimeout(resolve, 20))
  }
  assert.ok(received > 0 && received < 300_000, `${received}`)
  const next = received + 1
  assert.equal((await chunk(location, bytes.subarray(next), `${next}-599999`)).status, 202)
  assert.equal((await send('PUT', `${location}?digest=${sha256(bytes)}`)).status, 201)
})

test('blobs are read in ranges', async () => {
  const { path } = await newRepository()
  const bytes = Buffer.from('0123456789')
  await post(path, bytes)
  const read = async (range: string) => {
    const response = await send('GET', `${path}/blobs/${sha256(bytes)}`, { headers: { range } })
    return [response.status, response.headers.get('content-range'), await response.text()]
  }
  assert.deepEqual(await read('bytes=2-4'), [206, 'bytes 2-4/10', '234'])
  assert.deepEqual(await read('bytes=7-'), [206, 'bytes 7-9/10', '789'])
  assert.deepEqual(await read('bytes=-3'), [206, 'bytes 7-9/10', '789'])
  assert.deepEqual(await read('bytes=8-100'), [206, 'bytes 8-9/10', '89'])
  assert.equal((await read('bytes=1-2,5-6'))[0], 200)
  assert.deepEqual((await read('bytes=10-')).slice(0, 2), [416, 'bytes */10'])
})

test('a blob is mounted from a repository that the caller may read, and from no other', async () => {
  const from = await newRepository()
  const to = await newRepository()
  const foreign = await newRepository({}, buyer)
  const bytes = Buffer.from('shared')
  const digest = sha256(bytes)
  await post(from.path, bytes)
  await send('POST', `${foreign.path}/blobs/uploads/?digest=${digest}`, { body: bytes, as: rootOf(buyer) })
  const mount = (source: string) => send('POST', `${to.path}/blobs/uploads/?mount=${digest}&from=${source}`)
  for (const source of [`${buyer}/${foreign.name}`, `${buyer}/none`, `${seller}/none`])
    assert.equal((await mount(source)).status, 202, source)
  const mounted = await mount(`${seller}/${from.name}`)
  assert.deepEqual([mounted.status, mounted.headers.get('location')], [201, `${to.path}/blobs/${digest}`])
  assert.equal((await send('HEAD', `${to.path}/blobs/${digest}`)).headers.get('content-length'), '6')
})

test('manifests are kept byte for byte, by tag and by digest', async () => {
  const { path } = await newRepository()
  for (const docker of [false, true]) {
    const image = await craftImage(['one', 'two'], { docker })
    const put = await push(path, image, docker ? 'docker' : 'oci')
    assert.deepEqual([put.status, put.headers.get('docker-content-digest')], [201, image.manifest.digest])
    for (const reference of [docker ? 'docker' : 'oci', image.manifest.digest]) {
      const got = await send('GET', `${path}/manifests/${reference}`, { headers: { accept: image.mediaType } })
      assert.equal(got.headers.get('content-type'), image.mediaType)
      assert.equal(await got.text(), image.manifest.bytes.toString())
      const head = await send('HEAD', `${path}/manifests/${reference}`)
      assert.equal(head.headers.get('content-length'), String(image.manifest.bytes.length))
    }
  }
})

test('a manifest is refused when it is not what it says or names what is not there', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['here'])
  const absent = await craftImage(['not here'])
  await push(path, image)
  const put = async (body: Buffer | string, reference = 'x', type = image.mediaType) =>
    codeOf(await send('PUT', `${path}/manifests/${reference}`, { headers: { 'content-type': type }, body }))
  assert.deepEqual(await put(absent.manifest.bytes), [404, 'MANIFEST_BLOB_UNKNOWN'])
  assert.deepEqual(await put(image.manifest.bytes, absent.manifest.digest), [400, 'DIGEST_INVALID'])
  assert.deepEqual(await put('not json'), [400, 'MANIFEST_INVALID'])
  assert.deepEqual(await put('{"schemaVersion":1}'), [400, 'MANIFEST_INVALID'])
  assert.deepEqual(await put(Buffer.alloc(manifestLimit + 1, ' ')), [413, 'SIZE_INVALID'])
  const dockerType = 'application/vnd.docker.distribution.manifest.v2+json'
  assert.deepEqual(await put(image.manifest.bytes, 'x', dockerType), [400, 'MANIFEST_INVALID'])
  const wrongSize = image.manifest.bytes.toString().replace(/"size":(\d+)/, '"size":1$1')
  assert.deepEqual(await put(wrongSize), [400, 'MANIFEST_INVALID'])
  const index = craftIndex([{ image: absent, architecture: 'amd64' }])
  assert.deepEqual(await put(index.manifest.bytes, 'x', index.mediaType), [404, 'MANIFEST_BLOB_UNKNOWN'])
  assert.deepEqual(await codeOf(await send('GET', `${path}/manifests/x`)), [404, 'MANIFEST_UNKNOWN'])
})

test('who does not accept an index is given the image for this machine', async () => {
  const { path } = await newRepository()
  const here = await craftImage(['here'], { docker: true })
  const there = await craftImage(['there'], { docker: true, architecture: 'riscv64' })
  for (const image of [here, there]) await push(path, image, image.manifest.digest)
  const index = craftIndex([
    { image: there, architecture: 'riscv64' },
    { image: here, architecture: machineArchitecture },
  ])
  assert.equal((await push(path, index, 'multi')).status, 201)
  const get = async (accept: string) => {
    const response = await send('GET', `${path}/manifests/multi`, { headers: { accept } })
    return [response.status, response.headers.get('docker-content-digest')]
  }
  assert.deepEqual(await get('*/*'), [200, index.manifest.digest])
  assert.deepEqual(await get(`${here.mediaType}, ${index.mediaType};q=0.5`), [200, index.manifest.digest])
  assert.deepEqual(await get(here.mediaType), [200, here.manifest.digest])
  assert.deepEqual(await get('application/json'), [404, null])
  const refused = await send('DELETE', `${path}/manifests/${here.manifest.digest}`)
  assert.deepEqual(await codeOf(refused), [405, 'UNSUPPORTED'])
})

test('tags are listed in pages and deleted without their image', async () => {
  const { path, name } = await newRepository()
  const image = await craftImage(['tagged'])
  for (const tag of ['c', 'a', 'B', 'd']) await push(path, image, tag)
  const seen: string[] = []
  let next: string | undefined = `${path}/tags/list?n=3`
  for (let pages = 0; next && pages < 5; pages++) {
    const response = await send('GET', next)
    const page = (await response.json()) as { name: string; tags: string[] }
    assert.equal(page.name, `${seller}/${name}`)
    seen.push(...page.tags)
    next = nextOf(response)
  }
  assert.deepEqual(seen, ['B', 'a', 'c', 'd'])
  assert.equal((await send('DELETE', `${path}/manifests/a`)).status, 202)
  assert.deepEqual(await codeOf(await send('DELETE', `${path}/manifests/a`)), [404, 'MANIFEST_UNKNOWN'])
  assert.equal((await send('HEAD', `${path}/manifests/${image.manifest.digest}`)).status, 200)
  assert.equal((await send('DELETE', `${path}/manifests/${image.manifest.digest}`)).status, 202)
  assert.deepEqual((await (await send('GET', `${path}/tags/list`)).json()) as object, {
    name: `${seller}/${name}`,
    tags: [],
  })
})

test('blobs of an image cannot be deleted, others can', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['kept'])
  await push(path, image)
  const layer = image.blobs[1]?.digest
  assert.deepEqual(await codeOf(await send('DELETE', `${path}/blobs/${layer}`)), [405, 'UNSUPPORTED'])
  await send('DELETE', `${path}/manifests/${image.manifest.digest}`)
  assert.equal((await send('DELETE', `${path}/blobs/${layer}`)).status, 202)
  assert.deepEqual(await codeOf(await send('GET', `${path}/blobs/${layer}`)), [404, 'BLOB_UNKNOWN'])
})

test('referrers of a subject are listed, filtered by artifact type', async () => {
  const { path } = await newRepository()
  const image = await craftImage(['subject'])
  await push(path, image)
  const subject = { mediaType: image.mediaType, digest: image.manifest.digest, size: image.manifest.bytes.length }
  const signature = await craftImage(['signature'], {
    extra: { subject, artifactType: 'application/x-signature', annotations: { by: 'us' } },
  })
  const other = await craftImage(['bill'], { extra: { subject } })
  const put = await push(path, signature, signature.manifest.digest)
  assert.equal(put.headers.get('oci-subject'), image.manifest.digest)
  await push(path, other, 'bill')
  const list = async (query = '') => {
    const response = await send('GET', `${path}/referrers/${image.manifest.digest}${query}`)
    const { manifests } = (await response.json()) as {
      manifests: { digest: string; artifactType: string; annotations?: object }[]
    }
    return { manifests, filters: response.headers.get('oci-filters-applied') }
  }
  const all = await list()
  assert.deepEqual(
    new Set(all.manifests.map(one => one.artifactType)),
    new Set(['application/x-signature', 'application/vnd.oci.image.config.v1+json']),
  )
  const some = await list('?artifactType=application/x-signature')
  assert.equal(some.filters, 'artifactType')
  assert.deepEqual(
    some.manifests.map(one => [one.digest, one.annotations]),
    [[signature.manifest.digest, { by: 'us' }]],
  )
  const none = await send('GET', `${path}/referrers/${sha256(Buffer.from('nobody'))}`)
  assert.deepEqual([none.status, ((await none.json()) as { manifests: [] }).manifests], [200, []])
})

test('a push to a repository that does not exist is refused in ECR’s words', async () => {
  const response = await send('POST', `/v2/${seller}/no/such/blobs/uploads/`)
  assert.equal(response.status, 404)
  assert.deepEqual(await response.json(), {
    errors: [
      {
        code: 'NAME_UNKNOWN',
        message: `The repository with name 'no/such' does not exist in the registry with id '${seller}'`,
      },
    ],
  })
  assert.deepEqual(await codeOf(await send('GET', '/v2/short/tags/list')), [400, 'NAME_INVALID'])
  assert.deepEqual(await codeOf(await send('GET', `/v2/${seller}/../x/tags/list`.replace('..', 'A'))), [
    400,
    'NAME_INVALID',
  ])
  assert.deepEqual(await codeOf(await send('PUT', `/v2/${seller}/x1/tags/list`)), [405, 'UNSUPPORTED'])
})

test('another account learns nothing, until a policy lets it in', async () => {
  const { path, name } = await newRepository()
  const image = await craftImage(['secret'])
  await push(path, image)
  const as = rootOf(buyer)
  const answers = async (to: string) => {
    const response = await send('GET', `${to}/manifests/latest`, { as })
    return [response.status, (await response.text()).replaceAll(to.slice(4 + seller.length), '')]
  }
  const absent = `/v2/${seller}/team/absent`
  assert.deepEqual(await answers(path), await answers(absent))
  assert.equal((await answers(path))[0], 403)
  const Action = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']
  const Statement = [{ Effect: 'Allow', Principal: { AWS: as.arn }, Action }]
  await fixture.call('SetRepositoryPolicy', { repositoryName: name, policyText: JSON.stringify({ Statement }) })
  assert.equal((await send('GET', `${path}/manifests/latest`, { as })).status, 200)
  assert.equal((await send('HEAD', `${path}/blobs/${image.blobs[1]?.digest}`, { as })).status, 200)
  assert.deepEqual(await codeOf(await send('GET', `${path}/tags/list`, { as })), [403, 'DENIED'])
})

test('a user who may only pull cannot push', async () => {
  const { path } = await newRepository()
  await push(path, await craftImage(['pulled']))
  const arn = `arn:aws:iam::${seller}:user/reader`
  const as = { kind: 'user', account: seller, arn, userId: 'AIDA', identityArn: arn } as const
  assert.equal((await send('GET', `${path}/manifests/latest`, { as })).status, 200)
  assert.deepEqual(await codeOf(await send('POST', `${path}/blobs/uploads/`, { as })), [403, 'DENIED'])
})

test('repositories are per region: the token’s, or the one of ECR’s host name', async () => {
  const { path, name } = await newRepository()
  const image = await craftImage(['regional'])
  await push(path, image)
  const elsewhere = { authorization: fixture.basic(rootOf(seller), 'eu-west-1') }
  assert.deepEqual(await codeOf(await send('GET', `${path}/tags/list`, { headers: elsewhere })), [404, 'NAME_UNKNOWN'])
  const status = await new Promise(resolve => {
    const headers = { ...elsewhere, host: `${seller}.dkr.ecr.${region}.amazonaws.com` }
    httpRequest(`${fixture.url}/v2/${name}/manifests/latest`, { headers }, response =>
      resolve(response.statusCode),
    ).end()
  })
  assert.equal(status, 200)
})

test('immutable tags stay where they are', async () => {
  const { path, name } = await newRepository({ imageTagMutability: 'IMMUTABLE' })
  const first = await craftImage(['first'])
  assert.equal((await push(path, first, 'v1')).status, 201)
  assert.equal((await push(path, first, 'v1')).status, 201)
  const moved = await push(path, await craftImage(['second']), 'v1')
  assert.equal(moved.status, 400)
  assert.deepEqual(await moved.json(), {
    errors: [
      {
        code: 'TAG_INVALID',
        message: `The image tag 'v1' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
      },
    ],
  })
})

test('a blob that is damaged on disk is never served whole', async () => {
  const { path } = await newRepository()
  const bytes = Buffer.from('to be damaged')
  const digest = sha256(bytes)
  await post(path, bytes)
  const file = join(fixture.root, 'blobs', 'sha256', digest.slice(7, 9), digest.slice(9))
  await rm(file)
  await writeFile(file, 'to be Damaged')
  await assert.rejects(async () => (await send('GET', `${path}/blobs/${digest}`)).text())
  await rm(file)
  await assert.rejects(async () => (await send('GET', `${path}/blobs/${digest}`)).text())
})

test('where clients reach the bucket, large layers are read there, by leave of the registry, and small ones here', async () => {
  const bytes = randomBytes(2 ** 20)
  const { path } = await newRepository()
  const small = Buffer.from('a small layer')
  for (const layer of [bytes, small]) await post(path, layer)
  const link = async (digest: string) => `http://bucket.test/${digest}`
  Object.assign(fixture.blobs, { link })
  try {
    const answer = await send('GET', `${path}/blobs/${sha256(bytes)}`)
    assert.equal(answer.status, 307)
    assert.equal(answer.headers.get('location'), await link(sha256(bytes)))
    assert.equal(answer.headers.get('docker-content-digest'), sha256(bytes))
    assert.equal((await send('HEAD', `${path}/blobs/${sha256(bytes)}`)).status, 200)
    assert.equal(await (await send('GET', `${path}/blobs/${sha256(small)}`)).text(), 'a small layer')
    assert.equal((await send('GET', `${path}/blobs/${sha256(bytes)}`, { as: rootOf(buyer) })).status, 403)
  } finally {
    delete (fixture.blobs as { link?: unknown }).link
  }
})
