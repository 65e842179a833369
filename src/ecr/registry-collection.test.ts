import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BlobStore } from '../store/blobs.ts'
import { openTestStore } from '../store/store.fixture.ts'
import type { Store } from '../store/store.ts'
import { type CraftedBlob, type CraftedImage, craftImage, craftIndex } from './crafted-image.fixture.ts'
import { type Fixture, openFixture, rootOf, seller } from './registry.fixture.ts'
import { machineArchitecture } from './registry-platform.ts'

/** A process that dies at a chosen one of its durable steps, and then does nothing any more. */
function mortal() {
  const fate = { stepsLeft: Number.POSITIVE_INFINITY, dead: false }
  const step = () => {
    if (fate.stepsLeft-- <= 0) fate.dead = true
    if (fate.dead) throw new Error('the process has died')
  }
  const faulty = (store: Store, blobs: BlobStore) => ({
    store: {
      ...store,
      async transaction<T>(work: Parameters<typeof store.transaction<T>>[0]): Promise<T> {
        step()
        const result = await store.transaction(work)
        step()
        return result
      },
    },
    blobs: {
      ...blobs,
      async put(...args: Parameters<BlobStore['put']>) {
        const info = await blobs.put(...args)
        step()
        return info
      },
      async remove(...args: Parameters<BlobStore['remove']>) {
        step()
        return blobs.remove(...args)
      },
    },
  })
  return { fate, faulty }
}

/** What must be there, as far as it was acknowledged. */
interface World {
  /** Repository to tags to images; untagged images under their digest. */
  readonly repositories: Map<string, Map<string, number>>
  readonly holds: Map<string, Set<number>>
}

const copyOf = ({ repositories, holds }: World): World => ({
  repositories: new Map([...repositories].map(([name, tags]) => [name, new Map(tags)])),
  holds: new Map([...holds].map(([owner, images]) => [owner, new Set(images)])),
})

/** Images that share layers; the last is an index of the first two. */
async function craftImages(): Promise<CraftedImage[]> {
  const plain = await Promise.all([['a', 'b'], ['a', 'c'], ['c', 'd'], ['d']].map(layers => craftImage(layers)))
  const [first, second] = plain as [CraftedImage, CraftedImage]
  const index = craftIndex([
    { image: first, architecture: machineArchitecture },
    { image: second, architecture: 'riscv64' },
  ])
  return [...plain, index]
}

const indexImage = 4
const repositoryNames = ['one/x', 'two/y', 'three/z']
const tags = ['v1', 'v2']
const owners = ['job:1', 'escrow:1']

interface Bench {
  fixture: Fixture
  readonly images: readonly CraftedImage[]
}

/** One thing that users do: what the world should become, and how it is asked for. */
interface Deed {
  readonly name: string
  foresee(world: World, images: readonly CraftedImage[]): World
  perform(bench: Bench, world: World): Promise<void>
}

const pathOf = (repository: string): string => `/v2/${seller}/${repository}`

const accepted = (response: Response, ...also: number[]): void => {
  if (!response.ok && !also.includes(response.status)) throw new Error(`${response.status} ${response.url}`)
}

type Way = 'post' | 'patch' | 'chunks' | 'mount'

async function sendBlob(
  { fixture }: Bench,
  repository: string,
  blob: CraftedBlob,
  way: Way,
  from: string,
): Promise<void> {
  const { digest, bytes } = blob
  const uploads = `${pathOf(repository)}/blobs/uploads/`
  if (way === 'post') return accepted(await fixture.send('POST', `${uploads}?digest=${digest}`, { body: bytes }))
  const query = way === 'mount' ? `?mount=${digest}&from=${seller}/${from}` : ''
  const begun = await fixture.send('POST', `${uploads}${query}`)
  accepted(begun)
  if (begun.status === 201) return
  const location = begun.headers.get('location') ?? ''
  const half = way === 'chunks' ? bytes.length >> 1 : bytes.length
  const range = (start: number, end: number) => (way === 'chunks' ? { 'content-range': `${start}-${end}` } : undefined)
  accepted(await fixture.send('PATCH', location, { headers: range(0, half - 1), body: bytes.subarray(0, half) }))
  const rest = half < bytes.length ? { headers: range(half, bytes.length - 1), body: bytes.subarray(half) } : {}
  accepted(await fixture.send('PUT', `${location}?digest=${digest}`, rest))
}

async function sendImage(
  bench: Bench,
  repository: string,
  image: CraftedImage,
  reference: string,
  way: Way,
  from: string,
) {
  for (const blob of image.blobs) await sendBlob(bench, repository, blob, way, from)
  const headers = { 'content-type': image.mediaType }
  const body = image.manifest.bytes
  accepted(await bench.fixture.send('PUT', `${pathOf(repository)}/manifests/${reference}`, { headers, body }))
}

const push = (repository: string, number: number, tag: string, way: Way, from: string): Deed => ({
  name: `push ${number} to ${repository}:${tag} by ${way} from ${from}`,
  foresee(world, images) {
    const there = world.repositories.get(repository)
    if (!there) return world
    if (number === indexImage) for (const part of [0, 1]) there.set(images[part]?.manifest.digest ?? '', part)
    const moved = there.get(tag)
    if (moved !== undefined && moved !== number) there.set(images[moved]?.manifest.digest ?? '', moved)
    there.set(tag, number)
    return world
  },
  async perform(bench, world) {
    if (!world.repositories.has(repository)) return
    const parts = number === indexImage ? bench.images.slice(0, 2) : []
    for (const part of parts) await sendImage(bench, repository, part, part.manifest.digest, way, from)
    await sendImage(bench, repository, bench.images[number] as CraftedImage, tag, way, from)
  },
})

const untag = (repository: string, tag: string): Deed => ({
  name: `untag ${repository}:${tag}`,
  foresee(world, images) {
    const there = world.repositories.get(repository)
    const number = there?.get(tag)
    if (there && number !== undefined) there.delete(tag)
    if (there && number !== undefined) there.set(images[number]?.manifest.digest ?? '', number)
    return world
  },
  perform: async ({ fixture }) => accepted(await fixture.send('DELETE', `${pathOf(repository)}/manifests/${tag}`), 404),
})

const remove = (repository: string, number: number): Deed => ({
  name: `remove ${number} from ${repository}`,
  foresee(world) {
    const there = world.repositories.get(repository)
    const needed = number < 2 && [...(there?.values() ?? [])].includes(indexImage)
    for (const [name, image] of there ?? []) if (image === number && !needed) there?.delete(name)
    return world
  },
  async perform({ fixture, images }) {
    const path = `${pathOf(repository)}/manifests/${images[number]?.manifest.digest}`
    accepted(await fixture.send('DELETE', path), 404, 405)
  },
})

const toggleRepository = (repository: string): Deed => ({
  name: `create or delete ${repository}`,
  foresee(world) {
    if (!world.repositories.delete(repository)) world.repositories.set(repository, new Map())
    return world
  },
  async perform({ fixture }, world) {
    const operation = world.repositories.has(repository) ? 'DeleteRepository' : 'CreateRepository'
    await fixture.call(operation, { repositoryName: repository, force: true })
  },
})

const isThere = ({ repositories, holds }: World, number: number): boolean =>
  [...repositories.values()].some(there => [...there.values()].includes(number)) ||
  [...holds.values()].some(held => held.has(number) || (number < 2 && held.has(indexImage)))

const hold = (owner: string, number: number): Deed => ({
  name: `hold ${number} for ${owner}`,
  foresee(world) {
    if (isThere(world, number)) world.holds.set(owner, new Set([...(world.holds.get(owner) ?? []), number]))
    return world
  },
  async perform({ fixture, images }, world) {
    if (isThere(world, number)) await fixture.images.hold(fixture.store, images[number]?.manifest.digest ?? '', owner)
  },
})

const release = (owner: string): Deed => ({
  name: `release ${owner}`,
  foresee(world) {
    world.holds.delete(owner)
    return world
  },
  perform: ({ fixture }) => fixture.images.release(owner),
})

const abandon = (repository: string, number: number, chunked: boolean): Deed => ({
  name: `abandon an upload of ${number} to ${repository}`,
  foresee: world => world,
  async perform({ fixture, images }, world) {
    if (!world.repositories.has(repository)) return
    const begun = await fixture.send('POST', `${pathOf(repository)}/blobs/uploads/`)
    const body = images[number]?.blobs[1]?.bytes ?? Buffer.from('of an index')
    const headers = chunked ? { 'content-range': `0-${body.length - 1}` } : undefined
    accepted(await fixture.send('PATCH', begun.headers.get('location') ?? '', { headers, body }))
  },
})

const collect: Deed = {
  name: 'collect',
  foresee: world => world,
  perform: async ({ fixture }) => void (await fixture.collect()),
}

/** Everything that is there, read as clients read it: each image byte for byte. */
async function readWorld({ fixture, images }: Bench): Promise<World> {
  const world: World = { repositories: new Map(), holds: new Map() }
  const { repositories } = await fixture.call<{ repositories: { repositoryName: string }[] }>(
    'DescribeRepositories',
    {},
  )
  for (const { repositoryName } of repositories) {
    type Listed = { imageIds: { imageDigest: string; imageTag?: string }[] }
    const { imageIds } = await fixture.call<Listed>('ListImages', { repositoryName })
    const there = new Map<string, number>()
    for (const { imageDigest, imageTag } of imageIds) {
      const number = images.findIndex(image => image.manifest.digest === imageDigest)
      there.set(imageTag ?? imageDigest, number)
      await requireContent(fixture, pathOf(repositoryName), images[number] as CraftedImage)
    }
    world.repositories.set(repositoryName, there)
  }
  for (const { owner, digest } of await fixture.store.db.selectFrom('ecr_image_hold').selectAll().execute()) {
    const number = images.findIndex(image => image.manifest.digest === digest)
    world.holds.set(owner, new Set([...(world.holds.get(owner) ?? []), number]))
    if (number !== indexImage) await fixture.images.source(digest)
  }
  return world
}

async function requireContent(fixture: Fixture, path: string, image: CraftedImage): Promise<void> {
  const read = async (what: string) => Buffer.from(await (await fixture.send('GET', `${path}/${what}`)).arrayBuffer())
  assert.deepEqual(await read(`manifests/${image.manifest.digest}`), image.manifest.bytes)
  for (const { digest, bytes } of image.blobs) assert.deepEqual(await read(`blobs/${digest}`), bytes)
}

/** A comparable form. An untagged entry beside a tag of the same image says nothing; a held index holds its parts. */
function normal({ repositories, holds }: World): unknown {
  const tagsOf = (there: Map<string, number>) => {
    const tagged = new Set([...there].filter(([name]) => !name.startsWith('sha256:')).map(([, number]) => number))
    const shown = [...there].filter(([name, number]) => !name.startsWith('sha256:') || !tagged.has(number))
    return shown.sort(([a], [b]) => (a < b ? -1 : 1))
  }
  const closure = (held: Set<number>) =>
    [...new Set([...held].flatMap(one => (one === indexImage ? [0, 1, one] : [one])))].sort()
  return {
    repositories: [...repositories].map(([name, there]) => [name, tagsOf(there)]).sort(),
    holds: [...holds].map(([owner, held]) => [owner, closure(held)]).sort(),
  }
}

const isSame = (a: World, b: World): boolean => JSON.stringify(normal(a)) === JSON.stringify(normal(b))

/** After a collection the disk and the tables hold what the world needs, and nothing else. */
async function requireNothingElse({ fixture, images }: Bench, world: World): Promise<void> {
  const needed = new Set(
    [
      ...[...world.repositories.values()].flatMap(there => [...there.values()]),
      ...[...world.holds.values()].flatMap(held => [...held]),
    ].flatMap(number => (number === indexImage ? [0, 1, indexImage] : [number])),
  )
  const blobs = new Set([...needed].flatMap(number => images[number]?.blobs.map(blob => blob.digest) ?? []))
  const stored: string[] = []
  for await (const { digest } of fixture.blobs.list()) stored.push(digest)
  assert.deepEqual(stored.sort(), [...blobs].sort())
  const manifests = await fixture.store.db.selectFrom('ecr_manifest').select('digest').execute()
  assert.deepEqual(
    manifests.map(row => row.digest).sort(),
    [...needed].map(number => images[number]?.manifest.digest).sort(),
  )
}

const repository = fc.constantFrom(...repositoryNames)
const image = fc.nat({ max: indexImage })
const way = fc.constantFrom<Way>('post', 'patch', 'chunks', 'mount')
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(repository, image, fc.constantFrom(...tags), way, repository).map(args => push(...args)),
  },
  { weight: 2, arbitrary: fc.tuple(repository, fc.constantFrom(...tags)).map(args => untag(...args)) },
  { weight: 3, arbitrary: fc.tuple(repository, image).map(args => remove(...args)) },
  { weight: 2, arbitrary: repository.map(toggleRepository) },
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...owners), image).map(args => hold(...args)) },
  { weight: 2, arbitrary: fc.constantFrom(...owners).map(release) },
  { weight: 1, arbitrary: fc.tuple(repository, image, fc.boolean()).map(args => abandon(...args)) },
  { weight: 3, arbitrary: fc.constant(collect) },
)
/** A deed, and after how many of its durable steps the process dies, if it does. */
const mortalDeed = fc.tuple(deed, fc.option(fc.nat({ max: 12 }), { freq: 4, nil: undefined }))

test('whatever is pushed, tagged, mounted, held, deleted and crashed: what is needed stays, and nothing else', async () => {
  const images = await craftImages()
  await fc.assert(
    fc.asyncProperty(fc.array(mortalDeed, { minLength: 5, maxLength: 25 }), async deeds => {
      const directory = await mkdtemp(join(tmpdir(), 'ecr-collection-'))
      const store = await openTestStore(':memory:')
      let life = mortal()
      const bench: Bench = { images, fixture: await openFixture({ directory, store, faulty: life.faulty }) }
      let world: World = { repositories: new Map(), holds: new Map() }
      try {
        const founding = repositoryNames.slice(0, 2).map(name => [toggleRepository(name), undefined] as const)
        for (const [deed, deathAfter] of [...founding, ...deeds, [collect, undefined] as const]) {
          life.fate.stepsLeft = deathAfter ?? Number.POSITIVE_INFINITY
          const after = deed.foresee(copyOf(world), images)
          const failure = await deed.perform(bench, world).catch(error => error)
          const died = life.fate.dead
          if (died) {
            await bench.fixture.close()
            life = mortal()
            bench.fixture = await openFixture({ directory, store, faulty: life.faulty })
          } else if (failure) throw failure
          life.fate.stepsLeft = Number.POSITIVE_INFINITY
          const found = await readWorld(bench)
          const partial = died && deed.name.startsWith(`push ${indexImage}`)
          if (!partial)
            assert.ok(
              isSame(found, after) || (died && isSame(found, world)),
              `${deed.name}: ${JSON.stringify([normal(world), normal(after), normal(found)])}`,
            )
          world = found
          if (deed === collect && !died) await requireNothingElse(bench, world)
        }
      } finally {
        await bench.fixture.close()
        await store.close()
        await rm(directory, { recursive: true, force: true })
      }
    }),
    { numRuns: 20 },
  )
})

test('a blob without an image is kept for its grace, and again after a client was told of it', async () => {
  const fixture = await openFixture()
  try {
    await fixture.call('CreateRepository', { repositoryName: 'a/b' }, rootOf(seller))
    const image = await craftImage(['waiting'])
    const bench = { fixture, images: [image] }
    for (const blob of image.blobs) await sendBlob(bench, 'a/b', blob, 'post', '')
    const hour = 3_600_000
    await fixture.collect(hour)
    const head = async () => (await fixture.send('HEAD', `${pathOf('a/b')}/blobs/${image.blobs[0]?.digest}`)).status
    assert.equal(await head(), 200)
    fixture.clock.offset = hour - 1000
    assert.equal(await head(), 200)
    fixture.clock.offset = hour + 60_000
    await fixture.collect(hour)
    assert.equal(await head(), 200)
    const other = await fixture.send('HEAD', `${pathOf('a/b')}/blobs/${image.blobs[1]?.digest}`)
    assert.equal(other.status, 404)
  } finally {
    await fixture.close()
  }
})
