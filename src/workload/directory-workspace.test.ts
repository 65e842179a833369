import assert from 'node:assert/strict'
import { appendFile, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { workloadDirectory } from '../store/data-directory.ts'
import { createDirectoryWorkspace } from './directory-workspace.ts'
import { makeVolume, removeVolumes } from './volume.ts'

test('marks outlive the process, a broken one is none, and removal leaves nothing', async context => {
  const root = await mkdtemp(join(tmpdir(), 'workspace-'))
  context.after(() => rm(root, { recursive: true }))
  const arn = 'arn:aws:sagemaker:us-east-1:111122223333:transform-job/job'
  const workspace = createDirectoryWorkspace(root)
  assert.deepEqual(await workspace.marks(arn), new Set())
  await workspace.mark(arn, 'a\n"b"')
  await appendFile(join(workloadDirectory(root, arn), 'finished'), '"cut sho')
  await workspace.mark(arn, 'after it, in the same line')
  await workspace.mark(arn, 'c')
  assert.deepEqual(await createDirectoryWorkspace(root).marks(arn), new Set(['a\n"b"', 'c']))
  await workspace.remove(arn)
  await workspace.remove(arn)
  assert.deepEqual(await readdir(root), [])
})

test('only volumes of workloads that nobody knows are removed, and nobody is asked when there are none', async context => {
  const root = await mkdtemp(join(tmpdir(), 'workspace-'))
  context.after(async () => {
    await removeVolumes(root)
    await rm(root, { recursive: true })
  })
  const workspace = createDirectoryWorkspace(root)
  assert.deepEqual(await workspace.removeStrays(() => Promise.reject(new Error('asked'))), [])
  for (const arn of ['arn:known', 'arn:stray']) {
    const spec = { directory: join(workspace.directory(arn), '1/algo-1'), bytes: 64 << 20, inMemory: false }
    if ((await makeVolume(spec)) !== undefined) return context.skip('this machine does not let us mount')
  }
  await workspace.mark('arn:without volumes', 'part')
  assert.deepEqual(await workspace.removeStrays(async () => ['arn:known', 'arn:gone']), [
    workspace.directory('arn:stray'),
  ])
  const left = ['arn:known', 'arn:without volumes'].map(arn => relative(root, workspace.directory(arn)))
  assert.deepEqual((await readdir(root)).sort(), left.sort())
})
