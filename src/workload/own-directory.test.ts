import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { ownDirectory } from './own-directory.ts'

test('a directory is its own only without a link on the way', async t => {
  const base = await mkdtemp(join(tmpdir(), 'modelmart-own-'))
  t.after(() => rm(base, { recursive: true }))
  const [root, outside] = [join(base, 'root'), join(base, 'outside')]
  await mkdir(join(root, 'deep'), { recursive: true })
  await mkdir(join(outside, 'data'), { recursive: true })
  await symlink(outside, join(root, 'output'))
  assert.equal(await ownDirectory(root, 'deep'), join(root, 'deep'))
  assert.equal(await ownDirectory(root, 'model'), undefined)
  for (const below of ['output', 'output/data'])
    await assert.rejects(ownDirectory(root, below), {
      code: 'AlgorithmError',
      message: /^The container replaced "output/,
    })
})
