import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test from 'node:test'
import { ServiceError } from '../ground/errors.ts'
import { bodyMemory } from '../ground/memory-budget.ts'
import type { ObjectInfo, Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import { listSource, relativeKey, type S3Source, stageObjects } from './channel.ts'
import { createListMemory } from './list-memory.ts'

const relative: readonly (readonly [string, string, string])[] = [
  ['data/', 'data/a.csv', 'a.csv'],
  ['data/', 'data/sub/a.csv', 'sub/a.csv'],
  ['data', 'data/a.csv', 'a.csv'],
  ['data/train', 'data/train-1.csv', 'train-1.csv'],
  ['data/tr', 'data/train/a.csv', 'train/a.csv'],
  ['data/a.csv', 'data/a.csv', 'a.csv'],
  ['a.csv', 'a.csv', 'a.csv'],
  ['', 'data/a.csv', 'data/a.csv'],
  ['tr', 'train.csv', 'train.csv'],
]

for (const [prefix, key, path] of relative)
  test(`${key} below ${prefix || 'nothing'} is ${path}`, () => assert.equal(relativeKey(prefix, key), path))

const as: Principal = { kind: 'root', account: '111122223333', arn: 'arn', userId: '111122223333' }

/** A bucket whose objects contain their own keys. */
function bucket(keys: readonly string[], contents: Readonly<Record<string, string>> = {}): Objects {
  const all = [...keys, ...Object.keys(contents)].sort()
  const info = (key: string): ObjectInfo => ({
    key,
    size: (contents[key] ?? key).length,
    etag: 'e',
    lastModified: new Date(0),
  })
  const known = (key: string): ObjectInfo => {
    if (!all.includes(key)) throw new ServiceError('NoSuchKey', `no ${key}`)
    return info(key)
  }
  const part = {
    async *list(_as: Principal, _bucket: string, prefix: string) {
      for (const key of all) if (key.startsWith(prefix)) yield info(key)
    },
    head: async (_as: Principal, _bucket: string, key: string) => known(key),
    get: async (_as: Principal, _bucket: string, key: string) => ({
      ...known(key),
      body: Readable.from([Buffer.from(contents[key] ?? key)]),
    }),
    async materialize(_as: Principal, _bucket: string, key: string, path: string) {
      await writeFile(path, contents[key] ?? key)
      return known(key)
    },
  }
  return part as unknown as Objects
}

const list = (objects: Objects, source: S3Source) => listSource(objects, as, source, { grow() {} })
const prefix = (S3Uri: string) => ({ S3DataType: 'S3Prefix', S3Uri })
const manifest = { S3DataType: 'ManifestFile', S3Uri: 's3://b/m.json' }
const pathsOf = async (objects: Objects, source: { S3DataType: string; S3Uri: string }) =>
  (await list(objects, source)).map(({ path }) => path)

test('a prefix is every key that begins with it, without the marks of directories', async () => {
  const objects = bucket(['d/', 'd/a', 'd/s/', 'd/s/b', 'd//c', 'dx', 'e'])
  assert.deepEqual(await pathsOf(objects, prefix('s3://b/d/')), ['c', 'a', 's/b'])
  assert.deepEqual(await pathsOf(objects, prefix('s3://b/d')), ['c', 'a', 's/b', 'dx'])
})

test('a manifest is its keys, in its order', async () => {
  const text = JSON.stringify([{ prefix: 's3://b/d/' }, 's/b', 'a'])
  assert.deepEqual(await pathsOf(bucket(['d/a', 'd/s/b', 'd/z'], { 'm.json': text }), manifest), ['s/b', 'a'])
})

const manifests = ['', '{}', '[]', '["a"]', '[{"prefix":1}]', '[{"prefix":"s3://b/"},{"a":1}]']
for (const text of manifests)
  test(`the manifest ${text || '(empty)'} is refused`, () =>
    assert.rejects(list(bucket([], { 'm.json': text }), manifest), {
      code: 'ClientError',
      message: /^The manifest s3:\/\/b\/m\.json is not a JSON array/,
    }))

const unsafe = ['d/../x', 'd/./x', 'd/a/../../x', `d/${'n'.repeat(256)}`, 'd/nul\0', `d/${'é'.repeat(128)}`]
for (const key of unsafe)
  test(`the key ${JSON.stringify(key.slice(0, 20))} cannot be a file`, () =>
    assert.rejects(list(bucket([key]), prefix('s3://b/d/')), {
      code: 'ClientError',
      message: /cannot be a file name below the channel's directory/,
    }))

test('a manifest cannot leave its directory either', () =>
  assert.rejects(
    list(bucket(['d/../x'], { 'm.json': '[{"prefix":"s3://b/d/"},"../x"]' }), manifest),
    /cannot be a file name/,
  ))

test('nothing to read, and two keys for one file, are told', async () => {
  await assert.rejects(list(bucket(['x']), prefix('s3://b/d/')), {
    message: /No S3 objects found under S3 URL "s3:\/\/b\/d\/"/,
  })
  await assert.rejects(list(bucket(['d/a/b', 'd/a//b']), prefix('s3://b/d/')), {
    code: 'ClientError',
    message: /"d\/a\/\/b" and "d\/a\/b" of bucket "b" would be the same file "a\/b"/,
  })
})

test('a manifest and a list that are too long are refused with the limit, and what was held for them is given back', async () => {
  const padded = (spaces: number) => `[{"prefix":"s3://b/"},"x"${' '.repeat(spaces)}]`
  const [long, longer] = [padded(8 * 2 ** 20 - 30), padded(8 * 2 ** 20)]
  assert.deepEqual(await pathsOf(bucket(['x'], { 'm.json': long }), manifest), ['x'])
  await assert.rejects(list(bucket(['x'], { 'm.json': longer }), manifest), {
    code: 'ClientError',
    message: 'The manifest s3://b/m.json has more than 8388608 bytes, the most that is read of one.',
  })
  assert.equal(bodyMemory.used(), 0)
  const many = bucket(Array.from({ length: 100 }, (_, n) => `d/${n}`))
  const held = (bytes: number) =>
    createListMemory(2 * bytes).hold(as.account, room => listSource(many, as, prefix('s3://b/d/'), room))
  assert.equal((await held(31_000)).list.length, 100)
  await assert.rejects(held(30_000), {
    code: 'ClientError',
    message: /^There is more under s3:\/\/b\/d\/ than can be known at once: .* 30000 bytes .* and 97 of them/,
  })
  const named = JSON.stringify([{ prefix: 's3://b/d/' }, ...Array.from({ length: 100 }, () => '1')])
  const again = createListMemory(60_000)
  const manifested = bucket(['d/1'], { 'm.json': named })
  await assert.rejects(
    again.hold(as.account, room => listSource(manifested, as, manifest, room)),
    /30000 bytes/,
  )
  assert.equal(again.used(), 0)
})

test('objects are staged as files, all on each host or every n-th', async t => {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-channel-'))
  t.after(() => rm(directory, { recursive: true }))
  const objects = bucket(['d/a', 'd/s/b', 'd/s/t/c'])
  const found = await list(objects, prefix('s3://b/d/'))
  assert.equal(await stageObjects(objects, as, found, join(directory, 'all'), { index: 0, count: 1 }), 15)
  assert.equal(await readFile(join(directory, 'all/s/t/c'), 'utf8'), 'd/s/t/c')
  const shards = [0, 1].map(index => stageObjects(objects, as, found, join(directory, `${index}`), { index, count: 2 }))
  assert.deepEqual(await Promise.all(shards), [10, 5])
  await assert.rejects(readFile(join(directory, '0/s/b')), { code: 'ENOENT' })
})

test('an object that is a file where another needs a directory is told before anything is staged', async () => {
  const objects = bucket(['d/a', 'd/a/b'])
  const found = await list(objects, prefix('s3://b/d/'))
  await assert.rejects(stageObjects(objects, as, found, '/nowhere/at/all', { index: 0, count: 1 }), {
    code: 'ClientError',
    message: /s3:\/\/b\/d\/a\/b needs a directory "a", and another object is a file of that name/,
  })
})
