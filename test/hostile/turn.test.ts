import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ECR } from '@aws-sdk/client-ecr'
import { IAM } from '@aws-sdk/client-iam'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { type Clients, clientsFor } from '../../demo/clients.ts'
import { makeRole } from '../../demo/seller-steps.ts'
import { type Credentials, type ServerProcess, startServer } from '../../demo/server-process.ts'
import { craftImage } from '../../src/ecr/crafted-image.fixture.ts'
import { pushCrafted } from '../parity/installation.ts'
import { keptRequests } from './kept-requests.ts'
import { openRaw } from './raw-connection.ts'

function clientsOf(server: string, credentials: Credentials) {
  const requests = keptRequests(server, credentials)
  const { options } = requests
  return {
    requests,
    ecr: new ECR(options),
    iam: new IAM(options),
    logs: new CloudWatchLogs(options),
    s3: new S3({ ...options, forcePathStyle: true }),
    sagemaker: new SageMaker(options),
  }
}

const many = 200
/** A neighbour who is answered after all of them waits for many; one who has a turn waits for those that were begun before and a few. */
const few = many / 4
const tries = 10

describe('an account that asks two hundred things at once', { timeout: 300_000 }, () => {
  let data: string
  let server: ServerProcess
  let mallory: Clients
  let theirs: ReturnType<typeof clientsOf>
  let ours: ReturnType<typeof clientsOf>
  let role: string
  let image: string
  let resourceArn: string

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'modelmart-turn-'))
    server = await startServer({ data, engineSocket: 'unix:///nobody' })
    const keys = { mallory: await server.account('mallory'), neighbour: await server.account('neighbour') }
    mallory = { ...clientsFor(server.url, keys.mallory) }
    theirs = clientsOf(server.url, keys.mallory)
    ours = clientsOf(server.url, keys.neighbour)
    const { ecr } = clientsFor(server.url, keys.neighbour)
    const quiet = await ecr.createRepository({ repositoryName: 'quiet' })
    resourceArn = quiet.repository?.repositoryArn ?? ''
    await mallory.s3.createBucket({ Bucket: 'mallory' })
    const policies = ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess']
    role = await makeRole(mallory, 'Jobs', 'sagemaker.amazonaws.com', policies)
    const { repository } = await mallory.ecr.createRepository({ repositoryName: 'many' })
    await pushCrafted(mallory, 'many', await craftImage(['a layer']))
    image = `${repository?.repositoryUri}:latest`
    await mallory.logs.createLogGroup({ logGroupName: 'mallory' })
    await mallory.logs.createLogStream({ logGroupName: 'mallory', logStreamName: 's' })
  })
  after(async () => {
    await server?.stop()
    await rm(data, { recursive: true })
  })

  /** How many of the others' requests were answered while the neighbour, who asked one thing after them, waited. */
  async function answeredBefore(
    requests: readonly string[],
    call: () => Promise<unknown>,
    expected = 200,
  ): Promise<number> {
    const connections = await Promise.all(requests.map(() => openRaw(server.url)))
    const neighbour = await openRaw(server.url)
    const [question = ''] = await ours.requests.of([call()])
    let answered = 0
    const ends = connections.map(async (connection, n) => {
      await connection.send(requests[n] ?? '')
      const { status, text } = await connection.answer()
      answered++
      return `${status} ${status === expected ? '' : text}`
    })
    await neighbour.send(question)
    const already = answered
    const { status } = await neighbour.answer()
    const before = answered - already
    assert.equal(status, 200)
    assert.deepEqual([...new Set(await Promise.all(ends))], [`${expected} `])
    for (const connection of [...connections, neighbour]) connection.close()
    return before
  }

  let round = 0
  const jobs = () =>
    Array.from({ length: many }, (_, n) =>
      theirs.sagemaker.createTrainingJob({
        TrainingJobName: `never-${round}-${n}`,
        RoleArn: role,
        AlgorithmSpecification: {
          TrainingImage: image,
          TrainingInputMode: 'File',
          MetricDefinitions: Array.from({ length: 40 }, (_, m) => ({ Name: `m${m}`, Regex: `x*x?y${m}` })),
        },
        Environment: Object.fromEntries(Array.from({ length: 40 }, (_, m) => [`V${m}`, 'v'.repeat(100)])),
        OutputDataConfig: { S3OutputPath: 's3://mallory/out' },
        ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 3600 },
      }),
    )
  const times = <T>(call: (n: number) => Promise<T>) => Array.from({ length: many }, (_, n) => call(n))
  const attacks: Readonly<Record<string, () => Promise<unknown>[]>> = {
    'jobs that are made': jobs,
    'lists of jobs': () => times(() => theirs.sagemaker.listTrainingJobs({ MaxResults: 100 })),
    'searches of jobs': () => times(() => theirs.sagemaker.search({ Resource: 'TrainingJob' })),
    objects: () => times(n => theirs.s3.putObject({ Bucket: 'mallory', Key: `k/${n}`, Body: 'x'.repeat(10_000) })),
    'users that are made': () => times(n => theirs.iam.createUser({ UserName: `u-${round}-${n}` })),
    'lines of logs': () =>
      times(() => {
        const logEvents = Array.from({ length: 100 }, () => ({ timestamp: Date.now(), message: 'x'.repeat(200) }))
        return theirs.logs.putLogEvents({ logGroupName: 'mallory', logStreamName: 's', logEvents })
      }),
  }
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    reads: () => ours.ecr.describeRepositories({ repositoryNames: ['quiet'] }),
    writes: () => ours.ecr.tagResource({ resourceArn, tags: [{ Key: 'round', Value: `${round}` }] }),
  }
  for (const [what, calls] of Object.entries(attacks))
    for (const [does, question] of Object.entries(questions))
      it(`${what}: a neighbour who ${does} does not wait for them`, async t => {
        const seen: number[] = []
        while (seen.length < tries && !seen.some(count => count <= few)) {
          round++
          seen.push(await answeredBefore(await theirs.requests.of(calls()), question))
        }
        t.diagnostic(`of ${many}, answered before the neighbour: ${seen.join(', ')}`)
        assert.ok(Math.min(...seen) <= few, `the neighbour waited for ${seen.join(', ')} of ${many}`)
      })

  it('requests that are not signed as they say: a neighbour does not wait until all are found out', async t => {
    const seen: number[] = []
    while (seen.length < tries && !seen.some(count => count <= few)) {
      const signed = await theirs.requests.of(times(() => theirs.sagemaker.listTrainingJobs({})))
      const forged = signed.map(request => request.replace(/Signature=[0-9a-f]{8}/, 'Signature=00000000'))
      seen.push(await answeredBefore(forged, () => ours.ecr.describeRepositories({ repositoryNames: ['quiet'] }), 400))
    }
    t.diagnostic(`of ${many}, answered before the neighbour: ${seen.join(', ')}`)
    assert.ok(Math.min(...seen) <= few, `the neighbour waited for ${seen.join(', ')} of ${many}`)
  })
})
