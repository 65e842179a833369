import { setTimeout as sleep } from 'node:timers/promises'
import type { S3 } from '@aws-sdk/client-s3'
import type { ServerProcess } from '../demo/server-process.ts'
import { hold, poll } from '../demo/world.ts'
import type { Seller } from './actor.ts'
import type { Bench, Figure } from './bench.ts'
import { instanceType } from './probe-product.ts'

const EndpointName = 'later'
const atOnce = 8
/** Before the first kill. */
const firstMs = 2_000
/** How long each answer takes its container. */
const delayMs = 50

/**
 * Asynchronous requests while the server is killed again and again: how many of those that were accepted have no answer in the end, and how many have
 * been written more than one. 10,000 and a kill -9 every ten seconds when full.
 */
export const asyncOverCrashesBench: Bench = {
  name: 'async-over-crashes',
  async run(stage) {
    const { count, everyMs } = stage.full ? { count: 10_000, everyMs: 10_000 } : { count: 500, everyMs: 10_000 }
    const [server, seller] = [await stage.server(), await stage.seller()]
    const bucket = await deploy(seller)
    const crashes = crashAgainAndAgain(server, everyMs)
    const accepted = await askAll(seller, count)
    await allWritten(seller.clients.s3, bucket, accepted.length)
    const kills = await crashes.end()
    const answers = await versionsOf(seller.clients.s3, bucket)
    await remove(seller)
    const versions = accepted.map(place => answers.get(place) ?? 0)
    const work = `${accepted.length.toLocaleString('en-US')} asynchronous requests over ${kills} kill -9`
    const none = { unit: 'requests', judged: 'value', atMost: 0 } as const
    return [
      { work: `${work}: lost`, ours: [versions.filter(written => written === 0).length], ...none },
      { work: `${work}: answered twice`, ours: [versions.filter(written => written > 1).length], ...none },
    ] satisfies Figure[]
  },
}

/** An endpoint whose answers go to a bucket that keeps each that is written. Returns the bucket. */
async function deploy({ clients: { sagemaker, s3 }, role, image }: Seller): Promise<string> {
  const Bucket = 'bench-later'
  await s3.createBucket({ Bucket })
  await s3.putBucketVersioning({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })
  const Environment = { PROBE_MODE: 'slow', PROBE_DELAY_MS: `${delayMs}` }
  await sagemaker.createModel({
    ...{ ModelName: EndpointName, ExecutionRoleArn: role, PrimaryContainer: { Image: image, Environment } },
  })
  await sagemaker.createEndpointConfig({
    EndpointConfigName: EndpointName,
    ProductionVariants: [
      { VariantName: 'all', ModelName: EndpointName, InstanceType: instanceType, InitialInstanceCount: 1 },
    ],
    AsyncInferenceConfig: {
      OutputConfig: { S3OutputPath: `s3://${Bucket}/answers` },
      ClientConfig: { MaxConcurrentInvocationsPerInstance: atOnce },
    },
  })
  await sagemaker.createEndpoint({ EndpointName, EndpointConfigName: EndpointName })
  const { EndpointStatus, FailureReason } = await poll(
    () => sagemaker.describeEndpoint({ EndpointName }),
    told => told.EndpointStatus !== 'Creating',
  )
  hold(EndpointStatus === 'InService', `the endpoint is ${EndpointStatus}: ${FailureReason}`)
  return Bucket
}

function crashAgainAndAgain(server: ServerProcess, everyMs: number) {
  let goesOn = true
  const crash = async () => {
    for (let kills = 0; ; kills++) {
      const until = performance.now() + (kills === 0 ? firstMs : everyMs)
      while (goesOn && performance.now() < until) await sleep(100)
      if (!goesOn) return kills
      await server.crash()
    }
  }
  const crashing = crash()
  crashing.catch(() => {})
  return {
    async end() {
      goesOn = false
      return crashing
    },
  }
}

/** Where the answers of those that were accepted will be; what breaks off is not accepted, and another one is asked. */
async function askAll({ clients: { runtime } }: Seller, count: number): Promise<string[]> {
  const accepted: string[] = []
  let left = count
  const lane = async () => {
    while (left-- > 0)
      try {
        const { OutputLocation = '' } = await runtime.invokeEndpointAsync({ EndpointName, Body: Buffer.from('one') })
        accepted.push(OutputLocation)
      } catch {
        left++
        await sleep(100)
      }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return accepted
}

/** Resolves once so many answers are there, or none has come for a minute. */
async function allWritten(s3: S3, bucket: string, count: number): Promise<void> {
  for (let found = 0, still = 0; found < count && still < 60; ) {
    await sleep(1000)
    const { size } = await versionsOf(s3, bucket).catch(() => ({ size: found }))
    still = size > found ? 0 : still + 1
    found = size
  }
}

/** How often each answer was written, by its place. */
async function versionsOf(s3: S3, Bucket: string): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  let after: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
  do {
    const page = await s3.listObjectVersions({ Bucket, ...after })
    for (const { Key } of page.Versions ?? [])
      found.set(`s3://${Bucket}/${Key}`, (found.get(`s3://${Bucket}/${Key}`) ?? 0) + 1)
    after = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
  } while (after.KeyMarker !== undefined)
  return found
}

async function remove({ clients: { sagemaker } }: Seller): Promise<void> {
  await sagemaker.deleteEndpoint({ EndpointName })
  await poll(
    () => sagemaker.describeEndpoint({ EndpointName }).then(Boolean, () => false),
    there => !there,
  )
}
