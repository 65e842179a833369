import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { engineSocket } from './engine-socket.ts'

const runtime = mkdtempSync(join(tmpdir(), 'modelmart-socket-'))
after(() => rmSync(runtime, { recursive: true }))
mkdirSync(join(runtime, 'podman'))
writeFileSync(join(runtime, 'podman/podman.sock'), '')

test('what is set comes first, then DOCKER_HOST', () => {
  const environment = { DOCKER_HOST: 'unix:///run/other.sock' }
  assert.equal(engineSocket({ engineSocket: 'unix:///mine', environment }), 'unix:///mine')
  assert.equal(engineSocket({ engine: 'podman', environment }), 'unix:///run/other.sock')
  assert.throws(() => engineSocket({ environment: { DOCKER_HOST: 'tcp://1.2.3.4:2375' } }), /only unix:\/\/ sockets/)
})

test('an engine that is asked for is looked for at its own places only', () => {
  const found = engineSocket({ engine: 'podman', environment: { XDG_RUNTIME_DIR: runtime } })
  assert.ok([`unix:///run/podman/podman.sock`, `unix://${runtime}/podman/podman.sock`].includes(found), found)
  assert.equal(
    engineSocket({ engine: 'docker', environment: { XDG_RUNTIME_DIR: runtime } }),
    'unix:///var/run/docker.sock',
  )
})
