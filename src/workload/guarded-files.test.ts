import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { guardedFiles } from './guarded-files.ts'
import { ownDirectory } from './own-directory.ts'

async function directories(t: TestContext) {
  const base = await mkdtemp(join(tmpdir(), 'modelmart-guarded-'))
  t.after(() => rm(base, { recursive: true }))
  const root = join(base, 'root')
  const outside = join(base, 'outside')
  await mkdir(join(root, 'deep'), { recursive: true })
  await mkdir(outside)
  await writeFile(join(outside, 'secret'), 'secret')
  return { root, outside }
}

async function read(root: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const { path, file } of guardedFiles(root)) found[path] = await file.readFile('utf8')
  return found
}

test('files are found at every depth; links and pipes are passed over', async t => {
  const { root, outside } = await directories(t)
  await writeFile(join(root, 'a'), 'A')
  await writeFile(join(root, 'deep/b'), 'B')
  await symlink(join(outside, 'secret'), join(root, 'file-link'))
  await symlink(outside, join(root, 'directory-link'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  assert.deepEqual(await read(root), { a: 'A', 'deep/b': 'B' })
})

test('a directory that is swapped for a link in the midst is not followed', async t => {
  const { root, outside } = await directories(t)
  await writeFile(join(root, 'a'), 'A')
  await writeFile(join(root, 'deep/secret'), 'harmless')
  const found: string[] = []
  for await (const { file } of guardedFiles(root)) {
    found.push(await file.readFile('utf8'))
    await rename(join(root, 'deep'), join(root, '../moved')).catch(() => {})
    await symlink(outside, join(root, 'deep')).catch(() => {})
  }
  assert.equal(found.includes('secret'), false)
  assert.ok(found.length > 0)
})

test('a root that is a link or gone holds nothing', async t => {
  const { root, outside } = await directories(t)
  await symlink(outside, join(root, 'link'))
  assert.deepEqual([await read(join(root, 'link')), await read(join(root, 'gone'))], [{}, {}])
})

test('a directory is its own only without a link on the way', async t => {
  const { root, outside } = await directories(t)
  await symlink(outside, join(root, 'output'))
  await mkdir(join(outside, 'data'))
  assert.equal(await ownDirectory(root, 'deep'), join(root, 'deep'))
  assert.equal(await ownDirectory(root, 'model'), undefined)
  for (const below of ['output', 'output/data'])
    await assert.rejects(ownDirectory(root, below), {
      code: 'AlgorithmError',
      message: /^The container replaced "output/,
    })
})
