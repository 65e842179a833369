import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { denseTar } from './dense-tar.ts'
import { ArtifactTooLarge, unpackArtifact } from './unpack-artifact.ts'

const run = promisify(execFile)
const hasBsdTar = await run('bsdtar', ['--version']).then(
  () => true,
  () => false,
)
const writers: Readonly<Record<string, readonly string[] | undefined>> = {
  'GNU tar': ['tar', '-czS', '--hole-detection=raw', '--format=gnu'],
  'GNU tar in POSIX format': ['tar', '-czS', '--hole-detection=raw', '--format=posix'],
  'BSD tar': hasBsdTar ? ['bsdtar', '-cz'] : undefined,
}
const long = `${'l'.repeat(120)}-ü`

/** A file of stored parts and holes, of so many bytes each, among plain ones; what was packed, and what is unpacked again. */
async function roundTrip(command: readonly string[], layout: readonly (readonly [hole: number, stored: number])[]) {
  const root = await mkdtemp(join(tmpdir(), 'modelmart-sparse-'))
  try {
    const from = join(root, 'from')
    await mkdir(join(from, long), { recursive: true })
    await writeFile(join(from, 'before'), 'plain')
    const path = join(from, long, 'weights')
    const file = await open(path, 'w')
    let at = 0
    for (const [hole, stored] of layout) {
      await file.write(Buffer.alloc(stored, 1 + (at % 250)), 0, stored, at + hole)
      at += hole + stored
    }
    await file.truncate(at)
    await file.close()
    await writeFile(join(from, 'later'), 'plain too')
    const [program = '', ...options] = command
    const { stdout } = await run(program, [...options, '-C', from, 'before', long, 'later'], { encoding: 'buffer' })
    await unpackArtifact(Readable.from([stdout]), join(root, 'to'), 's3://b/k')
    const names = ['before', join(long, 'weights'), 'later']
    const read = (below: string) => Promise.all(names.map(name => readFile(join(root, below, name))))
    return { archive: stdout, packed: await read('from'), unpacked: await read('to') }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const part = fc.integer({ min: 0, max: 40 }).map(blocks => blocks * 512)

for (const [writer, command] of Object.entries(writers)) {
  test(`files with holes are what they were, as ${writer} packs them`, { skip: !command }, async () => {
    const many = Array.from({ length: 60 }, () => [8192, 4096] as const)
    const { archive, packed, unpacked } = await roundTrip(command ?? [], many)
    assert.ok(gunzipSync(archive).length < 400_000, 'nothing is sparse')
    assert.deepEqual(unpacked, packed)
  })

  test(`whatever the holes are, as ${writer} packs them`, { skip: !command }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(part, part), { maxLength: 8 }), async layout => {
        const { packed, unpacked } = await roundTrip(command ?? [], [...layout, [0, 3]])
        assert.deepEqual(unpacked, packed)
      }),
      { numRuns: 8 },
    )
  })
}

test('a hole counts as what it unpacks to', async t => {
  const root = await mkdtemp(join(tmpdir(), 'modelmart-sparse-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  await writeFile(join(root, 'huge'), 'x')
  await truncate(join(root, 'huge'), 2 ** 40)
  for (const format of ['gnu', 'posix']) {
    const { stdout } = await run('tar', ['-czS', `--format=${format}`, '-C', root, 'huge'], { encoding: 'buffer' })
    assert.ok(stdout.length < 1000)
    const unpacking = unpackArtifact(Readable.from([stdout]), join(root, 'to'), 's3://b/k', { bytes: 1_000_000 })
    await assert.rejects(unpacking, ArtifactTooLarge)
  }
})

test('a map of holes that is none is told, and whatever is damaged ends', async t => {
  const root = await mkdtemp(join(tmpdir(), 'modelmart-sparse-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const { archive } = await roundTrip(writers['GNU tar in POSIX format'] ?? [], [
    [8192, 512],
    [8192, 512],
  ])
  const tar = gunzipSync(archive)
  const map = tar.indexOf('2\n8192\n512\n')
  assert.ok(map > 0)
  for (const words of ['9\n', 'x\n', '2\n99999999\n', '2\n8192\n-12\n']) {
    const damaged = Buffer.from(tar)
    damaged.write(words, map)
    const unpacking = unpackArtifact(Readable.from([gzipSync(damaged)]), join(root, 'to'), 's3://b/k')
    await assert.rejects(unpacking, /is a sparse file whose map of holes cannot be read/, words)
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(tar.length - 1), fc.nat(255), fc.nat(tar.length), async (at, byte, length) => {
      const damaged = Buffer.from(tar.subarray(0, length))
      if (at < length) damaged[at] = byte
      let bytes = 0
      try {
        for await (const piece of denseTar(Readable.from([damaged]))) {
          bytes += piece.length
          if (bytes > 1e7) return
        }
      } catch (error) {
        assert.match((error as Error).message, /map of holes cannot be read/)
      }
    }),
    { numRuns: 300 },
  )
})
