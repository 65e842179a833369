import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type * as Sdk from '@aws-sdk/client-ecr'
import { ecrMigrations } from '../store/schema/ecr-tables.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { craftImage } from './crafted-image.fixture.ts'
import { manifestLimit, sha256 } from './manifest.ts'
import { type Fixture, openFixture } from './registry.fixture.ts'
import { clientOf, nextOf } from './registry-client.fixture.ts'

let fixture: Fixture
before(async () => {
  fixture = await openFixture()
})
after(() => fixture.close())
const { send, newRepository, push } = clientOf(() => fixture)

const subject = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: sha256(Buffer.from('not pushed')),
  size: 1,
}

const referrer = (text: string, annotation: string, artifactType = 'application/x-note') =>
  craftImage([text], { extra: { subject, artifactType, annotations: { note: annotation } } })

interface Listed {
  readonly digest: string
  readonly annotations: { readonly note: string }
}

/** Every page of a referrers list, as clients read them. */
async function pagesOf(path: string, query = ''): Promise<{ bytes: number; manifests: Listed[] }[]> {
  const pages = []
  for (let next: string | undefined = `${path}/referrers/${subject.digest}${query}`; next; ) {
    const response = await send('GET', next)
    const text = await response.text()
    pages.push({ bytes: Buffer.byteLength(text), manifests: JSON.parse(text).manifests })
    next = nextOf(response)
  }
  return pages
}

test('a long list of referrers comes in pages that clients take, each with a Link to the next', async () => {
  const { path } = await newRepository()
  const pushed = new Set<string>()
  for (let number = 0; number < 60; number++) {
    const image = await referrer('same layer', `${number} ${'é'.repeat(50_000)}`)
    await push(path, image, image.manifest.digest)
    pushed.add(image.manifest.digest)
  }
  const other = await referrer('same layer', 'short', 'application/x-other')
  await push(path, other, other.manifest.digest)
  const pages = await pagesOf(path, '?artifactType=application/x-note')
  assert.equal(pages.length, 2)
  for (const { bytes } of pages) assert.ok(bytes <= manifestLimit, `${bytes} bytes`)
  const listed = pages.flatMap(page => page.manifests)
  assert.deepEqual(new Set(listed.map(one => one.digest)), pushed)
  assert.ok(listed.every(one => one.annotations.note.length > 50_000))
  assert.equal((await pagesOf(path)).flatMap(page => page.manifests).length, 61)
})

test('a referrer as large as a manifest may be is a page of its own', async () => {
  const { path } = await newRepository()
  for (const text of ['one', 'two']) {
    const large = await referrer('same layer', text.padEnd(manifestLimit - 1500, '.'))
    assert.equal((await push(path, large, text)).status, 201)
  }
  const pages = await pagesOf(path)
  assert.deepEqual(
    pages.map(page => page.manifests.length),
    [1, 1],
  )
  for (const { bytes } of pages) assert.ok(bytes <= manifestLimit, `${bytes} bytes`)
})

test('a referrer that is deleted, or is in another repository only, is not listed', async () => {
  const { path } = await newRepository()
  const elsewhere = await newRepository()
  const image = await referrer('gone', 'x')
  await push(elsewhere.path, image, 'v1')
  assert.deepEqual((await pagesOf(path))[0]?.manifests, [])
  await send('DELETE', `${elsewhere.path}/manifests/${image.manifest.digest}`)
  assert.deepEqual((await pagesOf(elsewhere.path))[0]?.manifests, [])
})

test('BatchGetImage of more than it answers at once is refused, before any of it is read', async () => {
  const { name, path } = await newRepository()
  const digests: string[] = []
  for (let number = 0; number < 5; number++) {
    const image = await referrer('same layer', `${number}`.padEnd(manifestLimit - 1500, '.'))
    await push(path, image, image.manifest.digest)
    digests.push(image.manifest.digest)
  }
  const get = (count: number) =>
    fixture.call<Sdk.BatchGetImageResponse>('BatchGetImage', {
      repositoryName: name,
      imageIds: digests.slice(0, count).map(imageDigest => ({ imageDigest })),
    })
  assert.equal((await get(3)).images?.length, 3)
  await assert.rejects(get(5), { code: 'LimitExceededException', message: /Ask for fewer images/ })
})

test('what was pushed and scanned before descriptors were kept is listed as what is pushed now', async () => {
  const store = await openTestStore(':memory:')
  const [first, second] = ecrMigrations
  const names = await store.db.introspection.getTables()
  for (const { name } of names.filter(table => table.name.startsWith('ecr_')))
    await store.db.schema.dropTable(name).execute()
  // biome-ignore lint/suspicious/noExplicitAny: the schema as it was
  const old: any = store.db
  await first?.up(old)
  const content = JSON.stringify({
    schemaVersion: 2,
    layers: [{ digest: 'foreign', urls: ['https://example.com'] }],
    annotations: { note: 'old' },
  })
  const manifest = { digest: 'm', media_type: 't', artifact_type: 'a', subject: 's', size: 7, image_size: 1, content }
  await old.insertInto('ecr_manifest').values(manifest).execute()
  await old
    .insertInto('ecr_repository_manifest')
    .values({ repository: 'r', digest: 'm', pushed: 1, pulled: 0 })
    .execute()
  const findings = JSON.stringify([{ severity: 'HIGH' }, { severity: 'HIGH' }, {}])
  const scan = { status: 'COMPLETE', description: '', started: 1, completed: 2, source_updated: 0, findings }
  await old
    .insertInto('ecr_image_scan')
    .values({ repository: 'r', digest: 'm', ...scan })
    .execute()
  await second?.up(old)
  const rows = await store.db.selectFrom('ecr_referrer').selectAll().execute()
  assert.deepEqual(
    rows.map(row => [row.repository, row.subject, row.digest, row.artifact_type, JSON.parse(row.descriptor)]),
    [['r', 's', 'm', 'a', { mediaType: 't', digest: 'm', size: 7, artifactType: 'a', annotations: { note: 'old' } }]],
  )
  const { media_type } = await store.db.selectFrom('ecr_repository_manifest').selectAll().executeTakeFirstOrThrow()
  assert.equal(media_type, 't')
  const { child } = await store.db.selectFrom('ecr_manifest_child').selectAll().executeTakeFirstOrThrow()
  assert.equal(child, 'foreign')
  const { severity_counts } = await store.db.selectFrom('ecr_image_scan').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual(JSON.parse(severity_counts), { HIGH: 2, UNDEFINED: 1 })
  const kept = await store.db.selectFrom('ecr_image_scan_findings').selectAll().executeTakeFirstOrThrow()
  assert.equal(kept.findings, findings)
  await store.close()
})
