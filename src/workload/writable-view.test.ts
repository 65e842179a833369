import assert from 'node:assert/strict'
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { removeVolumes, volumesBelow } from './volume.ts'
import { makeWritableView } from './writable-view.ts'

test('what is seen can be changed, and what is kept stays as it is', async t => {
  const root = await mkdtemp(join(tmpdir(), 'modelmart view,a:b '))
  t.after(async () => {
    await removeVolumes(root)
    await rm(root, { recursive: true })
  })
  const content = join(root, 'content')
  await mkdir(join(content, 'training'), { recursive: true })
  await writeFile(join(root, 'kept'), 'of the store', { mode: 0o444 })
  await link(join(root, 'kept'), join(content, 'training/data'))
  const view = { content, directory: join(root, 'view'), changes: join(root, 'changes') }
  await makeWritableView(view)
  const seen = join(view.directory, 'training/data')
  assert.equal(await readFile(seen, 'utf8'), 'of the store')
  await chmod(seen, 0o755)
  await writeFile(seen, 'changed')
  await writeFile(join(view.directory, 'training/more'), 'x')
  assert.equal(await readFile(seen, 'utf8'), 'changed')
  assert.equal(await readFile(join(root, 'kept'), 'utf8'), 'of the store')
  assert.equal((await stat(join(root, 'kept'))).mode & 0o777, 0o444)
  assert.deepEqual(await readdir(join(content, 'training')), ['data'])
  await removeVolumes(root)
  assert.deepEqual(await volumesBelow(root), [])
  assert.equal(await readFile(join(root, 'kept'), 'utf8'), 'of the store')
})
