import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ECR } from '@aws-sdk/client-ecr'
import { IAM } from '@aws-sdk/client-iam'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'

const token = 'a-token-of-the-operator'

describe('who asks too often', { timeout: 300_000 }, () => {
  let data: string
  let server: ServerProcess
  let greedy: Awaited<ReturnType<ServerProcess['account']>>
  let other: Awaited<ReturnType<ServerProcess['account']>>

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'modelmart-floods-'))
    const tokenFile = join(data, 'metrics-token')
    await writeFile(tokenFile, `${token}\n`)
    const flags = ['--account-rate', '20', '--address-rate', '0', '--metrics-token-file', tokenFile]
    server = await startServer({ data, engineSocket: 'unix:///nobody', flags })
    greedy = await server.account('greedy')
    other = await server.account('other')
  })
  after(async () => {
    await server.stop()
    await rm(data, { recursive: true })
  })

  const optionsOf = (credentials: typeof greedy) => ({
    endpoint: server.url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  })

  /** Names of the errors of many calls made at once. */
  const refusals = async (calls: (() => Promise<unknown>)[]): Promise<string[]> => {
    const ends = await Promise.allSettled(calls.map(call => call()))
    return ends.flatMap(end => (end.status === 'rejected' ? [(end.reason as Error).name] : []))
  }

  const many = (call: () => Promise<unknown>) => Array.from({ length: 300 }, () => call)

  it('is refused in the words of each service, while another account is served', async () => {
    const iam = new IAM(optionsOf(greedy))
    const s3 = new S3({ ...optionsOf(greedy), forcePathStyle: true })
    const sagemaker = new SageMaker(optionsOf(greedy))
    const ecr = new ECR(optionsOf(greedy))
    const quiet = new SageMaker(optionsOf(other))
    const told = await Promise.all([
      refusals(many(() => iam.listUsers({}))),
      refusals(many(() => s3.listBuckets({}))),
      refusals(many(() => sagemaker.listModels({}))),
      refusals(many(() => ecr.describeRepositories({}))),
    ])
    assert.deepEqual(
      told.map(names => [...new Set(names)]),
      [['Throttling'], ['SlowDown'], ['ThrottlingException'], ['ThrottlingException']],
    )
    assert.ok(told.flat().length < 1200, 'some are answered')
    await quiet.listModels({})
    for (const client of [iam, s3, sagemaker, ecr, quiet]) client.destroy()
  })

  it('nobody reads metrics without the token, nor more than a word of the health', async () => {
    assert.equal((await fetch(`${server.url}/metrics`)).status, 401)
    const wrong = { authorization: 'Bearer a-token-of-the-stranger' }
    assert.equal((await fetch(`${server.url}/metrics`, { headers: wrong })).status, 401)
    assert.deepEqual(await (await fetch(`${server.url}/healthz`)).json(), { status: 'ok' })
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(`${server.url}/metrics`, { headers })
    assert.equal(answer.status, 200)
    const text = await answer.text()
    for (const name of ['engine_up 0', 'store_stuck 0', 'queue_due', 'queue_oldest_seconds', 'disk_free_bytes [1-9]'])
      assert.match(text, new RegExp(`^modelmart_${name}`, 'm'))
    assert.match(text, /^modelmart_database_bytes [1-9]/m)
    assert.ok('engine' in ((await (await fetch(`${server.url}/healthz`, { headers })).json()) as object))
    assert.ok(!text.includes(greedy.id), 'metrics name no account')
  })

  it('metrics and health cost little, however often they are asked', async () => {
    const answers = await Promise.all(
      Array.from({ length: 400 }, async () => (await fetch(`${server.url}/healthz`)).status),
    )
    const served = answers.filter(status => status === 200).length
    assert.ok(served < 400 && answers.every(status => status === 200 || status === 429))
  })

  it('a flood of refusals leaves a few lines in the security log', async () => {
    const wrong = { ...greedy, secretAccessKey: 'wrong' }
    const iam = new IAM(optionsOf(wrong))
    const names = await refusals(Array.from({ length: 500 }, () => () => iam.listUsers({})))
    assert.ok(names.includes('SignatureDoesNotMatch') || names.includes('Throttling'))
    iam.destroy()
    await server.stop()
    const directory = join(data, 'audit')
    const files = await readdir(directory)
    const lines = (await Promise.all(files.map(name => readFile(join(directory, name), 'utf8')))).join('').split('\n')
    const refused = lines.filter(line => line.includes('"SignatureDoesNotMatch"'))
    assert.ok(refused.length >= 1 && refused.length <= 4, `${refused.length} lines`)
    for (const name of files) assert.equal((await stat(join(directory, name))).mode & 0o077, 0)
  })
})

describe('an address that asks too often', { timeout: 300_000 }, () => {
  let data: string
  let server: ServerProcess
  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'modelmart-floods-'))
    server = await startServer({ data, engineSocket: 'unix:///nobody', flags: ['--address-rate', '5'] })
  })
  after(async () => {
    await server.stop()
    await rm(data, { recursive: true })
  })

  it('is refused in the words of registry and S3 before anything is looked up, and still told that the server is well', async () => {
    const ask = async (path: string) => {
      const answers = await Promise.all(
        Array.from({ length: 200 }, async () => {
          const answer = await fetch(`${server.url}${path}`)
          return { status: answer.status, text: await answer.text() }
        }),
      )
      return answers.findLast(({ status }) => status === 429 || status === 503)
    }
    const registry = await ask('/v2/')
    assert.deepEqual([registry?.status, JSON.parse(registry?.text ?? '').errors[0].code], [429, 'TOOMANYREQUESTS'])
    const s3 = await ask('/bucket/key')
    assert.deepEqual([s3?.status, /<Code>(\w+)/.exec(s3?.text ?? '')?.[1]], [503, 'SlowDown'])
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
  })
})
