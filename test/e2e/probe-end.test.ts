import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { startServer } from '../../demo/server-process.ts'
import { openEngineView } from './engine-view.ts'
import { presentEngines } from './engines.ts'
import { until } from './until.ts'
import { nameOf, removeServerOf } from './world.ts'

for (const engine of await presentEngines())
  it(`a server on ${engine.engine} that is stopped amid its probe leaves nothing of it`, {
    timeout: 60_000,
  }, async t => {
    const data = await mkdtemp(join(tmpdir(), 'modelmart-e2e-'))
    t.after(() => removeServerOf(engine, data))
    const server = await startServer({ data, engineSocket: `unix://${engine.socket}` })
    const view = await openEngineView(engine, await nameOf(data))
    await until('the probe has begun', view.containers, found => found.length > 0)
    await server.stop()
    const left = (await view.containers()).map(({ Labels }) => Labels['modelmart.arn'])
    const networks = await view.networks()
    await view.close()
    assert.deepEqual([left, networks], [[], []])
  })
