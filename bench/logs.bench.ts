import { setTimeout as sleep } from 'node:timers/promises'
import type { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { hold, poll } from '../demo/world.ts'
import type { Seller } from './actor.ts'
import type { Bench } from './bench.ts'
import { load } from './load.ts'
import { instanceType } from './probe-product.ts'
import { alternate } from './rounds.ts'
import type { Stage } from './stage.ts'
import { createSigner } from './wire-request.ts'

const rounds = 2
const rate = 50_000
const seconds = 6
const clients = 16
const logGroupName = '/aws/sagemaker/TrainingJobs'

/** How Describe answers while one container writes 50,000 lines a second, and whether all of them are kept. */
export const logsBench: Bench = {
  name: 'logs',
  async run(stage) {
    const [seller, server] = [await stage.seller(), await stage.server()]
    const sign = createSigner(server.url, 'sagemaker', seller.clients.credentials)
    const kept: number[] = []
    let made = 0

    /** 99 of 100 answers come within these milliseconds. */
    async function describe(TrainingJobName: string): Promise<number> {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.DescribeTrainingJob' }
      const body = Buffer.from(JSON.stringify({ TrainingJobName }))
      const requests = [await sign({ method: 'POST', path: '/', headers, body })]
      return (await load(server.url, { requests, connections: clients, seconds })).p99Ms
    }

    const taken = await alternate(rounds, {
      async writing() {
        const name = await write(seller, stage, `lines-${made++}`)
        const p99 = await describe(name)
        kept.push(await linesPerSecond(seller, name))
        return p99
      },
      quiet: () => describe(`lines-${made - 1}`),
    })
    const work = `DescribeTrainingJob, ${clients} connections, p99`
    return [
      {
        ...{ work: `${work}, amid ${rate.toLocaleString('en-US')} log lines a second`, unit: 'ms' },
        ...{ ours: taken.writing, judged: 'value', atMost: 20 },
      },
      { work: `${work}, quiet`, unit: 'ms', ours: taken.quiet, judged: 'value' },
      {
        ...{ work: 'Log lines kept, of one container, none lost', unit: '/s' },
        ...{ ours: kept.slice(1), judged: 'value', atLeast: rate * 0.95 },
      },
    ]
  },
}

/** Starts a job that writes for longer than the measurement; resolves when its first lines can be read. */
async function write({ clients: { sagemaker, logs }, image, role, bucket }: Seller, stage: Stage, name: string) {
  const count = rate * (seconds + 1) * (stage.full ? 5 : 1)
  await sagemaker.createTrainingJob({
    TrainingJobName: name,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    HyperParameters: { mode: 'lines', count: String(count), rate: String(rate) },
    RoleArn: role,
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/output` },
    ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
  })
  while (!(await streamOf(logs, name))) await sleep(10)
  return name
}

async function streamOf(logs: CloudWatchLogs, job: string): Promise<string | undefined> {
  const named = { logGroupName, logStreamNamePrefix: `${job}/` }
  const { logStreams } = await logs.describeLogStreams(named).catch(() => ({ logStreams: [] }))
  return logStreams?.[0]?.logStreamName
}

/** From the first line taken in to the last. Throws when a line is missing, twice there or out of order. */
async function linesPerSecond({ clients: { sagemaker, logs } }: Seller, TrainingJobName: string): Promise<number> {
  const { HyperParameters, TrainingJobStatus } = await poll(
    () => sagemaker.describeTrainingJob({ TrainingJobName }),
    ({ TrainingJobStatus }) => /Completed|Failed/.test(TrainingJobStatus ?? ''),
  )
  hold(TrainingJobStatus === 'Completed', `${TrainingJobName} is ${TrainingJobStatus}`)
  const logStreamName = await streamOf(logs, TrainingJobName)
  let [next, first, last] = [0, 0, 0]
  let nextToken: string | undefined
  for (;;) {
    const page = await logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true, nextToken })
    if (page.nextForwardToken === nextToken) break
    for (const { message = '', ingestionTime = 0 } of page.events ?? []) {
      if (!/^\d{8} /.test(message)) continue
      hold(Number(message.slice(0, 8)) === next++, `line ${next - 1} was expected, not ${message.slice(0, 8)}`)
      first ||= ingestionTime
      last = ingestionTime
    }
    nextToken = page.nextForwardToken
  }
  hold(next === Number(HyperParameters?.count), `${next} lines of ${HyperParameters?.count} were kept`)
  return next / ((last - first) / 1000)
}
