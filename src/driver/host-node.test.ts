import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOST_NODE, hostNodeMounts } from './host-node.ts'

test('Node comes with the libraries that it is linked to, where ldd is not installed too', async context => {
  const mounts = await hostNodeMounts()
  assert.equal(mounts[0]?.target, HOST_NODE)
  assert.ok(mounts.some(({ source }) => /\/libc\.so/.test(source)))
  const { PATH } = process.env
  context.after(() => {
    process.env.PATH = PATH
  })
  process.env.PATH = '/nowhere'
  assert.deepEqual(await hostNodeMounts(), mounts)
})
