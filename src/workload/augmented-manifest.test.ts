import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { openAugmentedManifest } from './augmented-manifest.ts'

async function manifest(t: TestContext, text: string, attributes: readonly string[]) {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-manifest-'))
  t.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'manifest')
  await writeFile(path, text)
  const opened = await openAugmentedManifest(path, 's3://b/m', attributes, { grow() {} })
  t.after(() => opened.close())
  return opened
}

test('lines are read in any order, attributes in the order asked for', async t => {
  const text =
    '{"a":1.50,"b-ref":"s3://b/k"}\n\n\r\n{"b-ref":"s3://b/é","x":0,"a":{"deep":[true, 12345678901234567890]}}'
  const { lines, read } = await manifest(t, text, ['b-ref', 'a'])
  assert.deepEqual([...lines], [0, 3])
  assert.deepEqual(await read(3), [{ uri: 's3://b/é' }, { text: '{"deep":[true,12345678901234567890]}' }])
  assert.deepEqual(await read(0), [{ uri: 's3://b/k' }, { text: '1.50' }])
})

test('many lines, across the borders of what is read at once', async t => {
  const count = 30_000
  const text = Array.from({ length: count }, (_, index) => JSON.stringify({ a: `${index}`.repeat(index % 20) })).join(
    '\n',
  )
  const { lines, read } = await manifest(t, `${text}\n`, ['a'])
  assert.equal(lines.length, count)
  for (const index of [0, 1, 15_000, count - 1])
    assert.deepEqual(await read(index), [{ text: `${index}`.repeat(index % 20) }])
})

test('of blank lines there may be no more than of others, and they cost no more', async t => {
  const { lines } = await manifest(t, `${'\n'.repeat(300_000)}{"a":1}\n`, ['a'])
  assert.deepEqual([...lines], [300_000])
  await assert.rejects(manifest(t, '\n'.repeat(2_000_001), ['a']), {
    code: 'ClientError',
    message: 'The augmented manifest s3://b/m has more than 2000000 lines, the most that is read of one.',
  })
})

test('a line that cannot be used is named', async t => {
  const text = '{"a":1}\nnot json\n[1]\n{"a-ref":"no uri"}'
  const plain = await manifest(t, text, ['a'])
  await assert.rejects(plain.read(1), {
    code: 'ClientError',
    message: 'Line 2 of the augmented manifest s3://b/m is not a JSON object.',
  })
  await assert.rejects(plain.read(2), /Line 3 .* is not a JSON object/)
  await assert.rejects(plain.read(3), /Line 4 .* has no attribute "a"/)
  const reference = await manifest(t, text, ['a-ref'])
  await assert.rejects(reference.read(3), /Line 4 .* has no S3 URI in its attribute "a-ref"/)
})
