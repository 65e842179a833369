import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { pino } from 'pino'
import { createDirectoryWorkspace } from '../../workload/directory-workspace.ts'
import { removeVolumes } from '../../workload/volume.ts'
import type { ModelArtifact } from '../serving/model-workspace.ts'
import { createModelDirectories } from './model-directories.ts'

const arn = 'arn:aws:sagemaker:us-east-1:111122223333:endpoint/shop'
const limits = { cpus: 1, memoryBytes: 1024 ** 3, sharedMemoryBytes: 1, pids: 1, gpus: 0 }
const model = gzipSync(await packTar([{ header: { name: 'weights', size: 3, type: 'file' }, body: 'one' }]))

async function scratch(context: { after(done: () => Promise<void>): void }) {
  const root = await mkdtemp(join(tmpdir(), 'model-directories-'))
  context.after(async () => {
    await removeVolumes(root)
    await rm(root, { recursive: true })
  })
  const workspace = createDirectoryWorkspace(root)
  const names = async () => (await readdir(workspace.directory(arn))).sort()
  return { names, models: createModelDirectories({ workspace, log: pino({ enabled: false }) }) }
}

function counted(check: ModelArtifact['check'] = async () => {}) {
  const seen = { opened: 0, digests: [] as string[] }
  const artifact: ModelArtifact = {
    what: 's3://bucket/model.tar.gz',
    async open() {
      seen.opened++
      return Readable.from([model])
    },
    async check(digest) {
      seen.digests.push(digest)
      await check(digest)
    },
  }
  return { seen, artifact }
}

test('a model is unpacked once for each attempt, and its container finds it read-only', async context => {
  const { models } = await scratch(context)
  const { seen, artifact } = counted()
  const first = { arn, attempt: 1, host: 'blue-1' }
  const [mount, ...others] = await models.stage(first, 0, artifact)
  assert.deepEqual(others, [])
  assert.deepEqual([mount?.target, mount?.readOnly], ['/opt/ml/model', true])
  assert.equal(await readFile(join(mount?.source as string, 'weights'), 'utf8'), 'one')
  assert.deepEqual(await models.stage(first, 0, artifact), [mount])
  assert.equal(seen.opened, 1)
  const [second] = await models.stage({ ...first, attempt: 2 }, 0, artifact)
  assert.notEqual(second?.source, mount?.source)
  assert.equal(seen.opened, 2)
  assert.deepEqual(await models.stage(first, 1, undefined), [])
})

test('a model that is not what its seller published is given to nobody, whatever is tried after', async context => {
  const { models } = await scratch(context)
  const { seen, artifact } = counted(() => Promise.reject(new Error('changed since')))
  const instance = { arn, attempt: 1, host: 'blue-1' }
  await assert.rejects(models.stage(instance, 0, artifact), /changed since/)
  await assert.rejects(models.stage(instance, 0, artifact), /changed since/)
  assert.equal(seen.opened, 2)
  assert.match(seen.digests[0] as string, /^[0-9a-f]{64}$/)
})

test('an attempt that is discarded leaves nothing, and the others all they have', async context => {
  const { models, names } = await scratch(context)
  const { artifact } = counted()
  await models.discard(arn, 1)
  for (const attempt of [1, 11]) {
    const instance = { arn, attempt, host: 'blue-1', volume: { sizeInGB: 1 } }
    await models.makeVolume(instance, 2, limits)
    const mounts = await models.stage(instance, 1, artifact)
    assert.deepEqual(
      mounts.map(({ target, readOnly }) => [target, readOnly]),
      [
        ['/opt/ml/model', true],
        ['/tmp', false],
      ],
    )
  }
  const before = await names()
  await models.discard(arn, 1)
  await models.discard(arn, 1)
  assert.deepEqual(
    await names(),
    before.filter(name => !/-1-blue/.test(name)),
  )
  assert.ok((await names()).includes('model-11-blue-1-1'))
})
