import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { ECR } from '@aws-sdk/client-ecr'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { IAM } from '@aws-sdk/client-iam'
import { S3 } from '@aws-sdk/client-s3'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { SNS } from '@aws-sdk/client-sns'
import { clientsFor, region } from '../../demo/clients.ts'
import { type ServerProcess, startServer } from '../../demo/server-process.ts'
import { beside } from './beside.ts'
import { confine } from './confine.ts'

const mebibyte = 2 ** 20

type Credentials = Awaited<ReturnType<ServerProcess['account']>>

/** Clients that take no for an answer. */
const impatient = (endpoint: string, credentials: Credentials) => {
  const options = { endpoint, region, credentials, maxAttempts: 1 }
  return {
    autoscaling: new ApplicationAutoScaling(options),
    cloudwatch: new CloudWatch(options),
    ecr: new ECR(options),
    events: new EventBridge(options),
    iam: new IAM(options),
    logs: new CloudWatchLogs(options),
    s3: new S3({ ...options, forcePathStyle: true }),
    sagemaker: new SageMaker(options),
    sns: new SNS(options),
  }
}

export const settled = (calls: Iterable<() => Promise<unknown>>) => Promise.allSettled([...calls].map(call => call()))

/** A server that is confined to 600 MiB and never started anew, an account that does what it may, and its neighbour. */
export async function openHouse() {
  const data = await mkdtemp(join(tmpdir(), 'modelmart-accounts-'))
  const server = await startServer({ data, engineSocket: 'unix:///nobody' })
  const first = server.pid
  const confinement = await confine(server.pid, 600 * mebibyte)
  const key = await server.account('mallory')
  const mallory = { ...clientsFor(server.url, key), ...impatient(server.url, key) }
  const neighbour = clientsFor(server.url, await server.account('neighbour'))
  await neighbour.ecr.createRepository({ repositoryName: 'quiet' })
  const ask = () => neighbour.ecr.describeRepositories({ repositoryNames: ['quiet'] })

  return {
    ...{ server, mallory, neighbour },
    async beside(t: TestContext, attack: () => Promise<unknown>): Promise<void> {
      await beside(t, { server, confinement, ask }, attack)
      assert.equal(server.pid, first)
      assert.equal((await fetch(`${server.url}/healthz`)).status, 200)
    },
    async close(): Promise<void> {
      await server.stop()
      await confinement?.remove()
      await rm(data, { recursive: true })
    },
  }
}
