import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { SageMakerRuntime } from '@aws-sdk/client-sagemaker-runtime'
import { openMeteringJournal } from '../runtime/metering-journal.ts'
import type { InferenceCount } from '../service/market.ts'
import type { ControlAnswers, Report } from './plane-messages.ts'
import { callerOf, keysOf, servedProduct } from './served-product.fixture.ts'
import { workerFiles } from './worker-files.ts'
import { findWorkerProcess, kill, startWorkerProcess } from './worker-process.ts'

const run = promisify(execFile)
const account = '111122223333'
const keys = keysOf(account)
const nobody = new Proxy({}, { get: () => () => undefined }) as ControlAnswers
const opening = {
  place: { host: '127.0.0.1', port: 0 },
  routes: [],
  rates: { perAccount: 0, perAddress: 0 },
  checkAnswers: true,
  countsAtOnce: false,
  meteringSync: 'before' as const,
}

async function started(answers = nobody) {
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-worker-'))
  const worker = await startWorkerProcess(directory, answers)
  after(async () => {
    kill(worker.pid)
    await rm(directory, { recursive: true, force: true })
  })
  return worker
}

describe('a worker', () => {
  it('has told what its answers cost before they go out, where its disk may be lost with it', async () => {
    const counted: InferenceCount[] = []
    let isAway = false
    const server = {
      ...{ caller: async (key: string) => callerOf(key), report: () => {} },
      async count({ counts }: { readonly counts: readonly InferenceCount[] }) {
        if (isAway) throw new Error('The database is away')
        counted.push(...counts)
        return []
      },
    } as unknown as ControlAnswers
    const { directory, link, pid } = await started(server)
    const { port } = await link.ask('open', { ...opening, routes: [await servedProduct(account)], countsAtOnce: true })
    const client = new SageMakerRuntime({
      ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: keys, maxAttempts: 1 },
    })
    const ask = () => client.invokeEndpoint({ EndpointName: 'sold', Body: 'x' })
    const answers = await Promise.all(Array.from({ length: 50 }, ask))
    kill(pid)
    await link.closed
    await rm(directory, { recursive: true })
    assert.equal(answers.length, 50)
    assert.equal(
      counted.reduce((sum, { units }) => sum + units, 0n),
      50n,
    )
    const again = await started(server)
    isAway = true
    const other = await again.link.ask('open', {
      ...opening,
      routes: [await servedProduct(account)],
      countsAtOnce: true,
    })
    const refused = new SageMakerRuntime({
      ...{ endpoint: `http://127.0.0.1:${other.port}`, region: 'us-east-1', credentials: keys, maxAttempts: 1 },
    })
    await assert.rejects(refused.invokeEndpoint({ EndpointName: 'sold', Body: 'x' }), /The database is away/)
  })

  it('has what its answers cost with the system before they go out, where the disk may have it later', async () => {
    const server = {
      caller: async (key: string) => callerOf(key),
      report: () => {},
      count: () => new Promise(() => {}),
    }
    const { directory, link, pid } = await started(server as unknown as ControlAnswers)
    const routes = [await servedProduct(account)]
    const { port } = await link.ask('open', { ...opening, routes, meteringSync: 'after' as const })
    const client = new SageMakerRuntime({
      ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials: keys, maxAttempts: 1 },
    })
    await Promise.all(Array.from({ length: 50 }, () => client.invokeEndpoint({ EndpointName: 'sold', Body: 'x' })))
    kill(pid)
    await link.closed
    const counted: InferenceCount[] = []
    const count = async (_: object, counts: readonly InferenceCount[]) => {
      counted.push(...counts)
      return []
    }
    const left = await openMeteringJournal({
      directory: workerFiles(directory).journal,
      count,
      log: { error: () => {} },
    })
    await left.close()
    assert.equal(
      counted.reduce((sum, { units }) => sum + units, 0n),
      50n,
    )
  })

  it('goes before searches and scans of its server where the system lets it', async () => {
    const { pid } = await started()
    assert.equal(getPriority(pid), process.getuid?.() === 0 ? -7 : getPriority())
  })

  it('goes before its server where memory ends', async t => {
    if (process.platform !== 'linux') return t.skip('only Linux says who goes first')
    const { pid } = await started()
    assert.equal(Number(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8')), 500)
  })

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

  it('has told all that it captured when it has drained', async () => {
    let bytes = 0
    const report = ({ captured }: Report) => {
      for (const [, line] of captured) bytes += line.length
    }
    const { link } = await started({
      caller: async (key: string) => callerOf(key),
      report,
    } as unknown as ControlAnswers)
    const capture = { percentage: 100, destination: 's3://b', role: 'r', input: true, output: false, csv: [], json: [] }
    const { variants, ...route } = await servedProduct(account)
    const routes = [{ ...route, variants: variants.map(variant => ({ ...variant, products: [], capture })) }]
    const { port } = await link.ask('open', { ...opening, routes })
    const client = new SageMakerRuntime({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      credentials: keys,
    })
    const Body = Buffer.alloc(2 * 2 ** 20)
    await Promise.all([1, 2, 3, 4].map(() => client.invokeEndpoint({ EndpointName: 'sold', Body })))
    client.destroy()
    link.tell('drain', undefined)
    await link.closed
    assert.ok(bytes > 4 * (4 / 3) * Body.byteLength, `${bytes} bytes`)
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
