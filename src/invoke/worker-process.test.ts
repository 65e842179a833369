import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import type { ControlAnswers } from './plane-messages.ts'
import { findWorkerProcess, kill, startWorkerProcess } from './worker-process.ts'

const run = promisify(execFile)
const nobody = new Proxy({}, { get: () => () => undefined }) as ControlAnswers
const opening = {
  place: { host: '127.0.0.1', port: 0 },
  routes: [],
  rates: { perAccount: 0, perAddress: 0 },
  checkAnswers: true,
  countsAtOnce: false,
}

async function started() {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-worker-'))
  const worker = await startWorkerProcess(directory, nobody)
  after(async () => {
    kill(worker.pid)
    await rm(directory, { recursive: true, force: true })
  })
  return worker
}

describe('a worker', () => {
  it('goes on when the link to its server breaks, and is found again where it was', async () => {
    const { directory, link } = await started()
    const { port } = await link.ask('open', opening)
    link.end()
    const again = await findWorkerProcess(directory, nobody)
    const greeting = await again?.ask('greet', undefined)
    assert.deepEqual(greeting?.place, { host: '127.0.0.1', port })
  })

  it('ends when it is drained, and when its directory is gone', async () => {
    const drained = await started()
    await drained.link.ask('open', opening)
    drained.link.tell('drain', undefined)
    await drained.link.closed
    // The system takes its sockets back one after the other.
    const find = () => findWorkerProcess(drained.directory, nobody)
    for (let there = await find(); there; there = await find()) there.end()
    const left = await started()
    await left.link.ask('open', opening)
    await rm(left.directory, { recursive: true })
    await left.link.closed
    assert.ok(!existsSync(left.directory))
  })

  it('speaks TLS where its server does', async () => {
    const { directory, link } = await started()
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
    await run('openssl', [...words, '-subj', '/CN=localhost', '-keyout', key, '-out', cert])
    const { port } = await link.ask('open', { ...opening, tls: { key, cert } })
    const asked = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/endpoints/e/invocations',
      ca: await readFile(cert),
      checkServerIdentity: () => undefined,
    })
    asked.end('one')
    const [answer] = await once(asked, 'response')
    assert.equal(answer.statusCode, 403)
    assert.match(await text(answer), /missing Authentication Token/)
  })
})
