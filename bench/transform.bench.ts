import type { TransformJobDefinition } from '@aws-sdk/client-sagemaker'
import { request } from 'undici'
import { hold, poll } from '../demo/world.ts'
import type { Bench } from './bench.ts'
import { instanceType } from './probe-product.ts'
import { peakRssMiB, processMemory } from './process-memory.ts'
import { alternate, timed } from './rounds.ts'
import type { Actor, Stage } from './stage.ts'

const rounds = 3
const concurrent = 4
const few = 2_000
const many = 14_000
const record = '5.1,3.5,1.4,0.2\n'
const mebibyte = 1024 * 1024

/**
 * Records a second of a transform job whose payloads hold one record each, against a bare loop of the same concurrency on a container
 * of the same image. A job's rate is the slope between a short job and a long one, so that starting the container does not count.
 */
export const transformBench: Bench = {
  name: 'transform',
  async run(stage) {
    const [buyer, probe] = [await stage.buyer(), await stage.probe()]
    const { s3 } = buyer.clients
    for (const lines of [few, many])
      await s3.putObject({ Bucket: buyer.bucket, Key: `lines/${lines}.csv`, Body: record.repeat(lines) })
    const job = (lines: number) =>
      transformSeconds(stage, buyer, `lines/${lines}.csv`, { BatchStrategy: 'SingleRecord' })
    const rate = await alternate(rounds, {
      ours: async () => (many - few) / ((await job(many)) - (await job(few))),
      bare: async () => many / (await timed(() => bareLoop(probe.address, many))),
    })
    const growth = await memoryGrowth(stage, buyer)
    return [
      {
        ...{ work: `Transform, 1-record payloads, ${concurrent} at once`, against: 'a bare loop', unit: '/s' },
        ...{ ours: rate.ours, theirs: rate.bare, judged: 'ratio', atLeast: 0.9 },
      },
      {
        ...{ work: `Transform of ${growth.large} MiB, peak RSS`, against: `of ${growth.small} MiB`, unit: 'MiB' },
        ...{ ours: [growth.ofLarge], theirs: [growth.ofSmall], judged: 'ratio', atMost: 1.2 },
      },
    ]
  },
}

let jobs = 0

/** Runs a job to its end and returns the seconds between its own start and end times. */
async function transformSeconds(
  stage: Stage,
  { clients: { sagemaker }, bucket }: Actor,
  key: string,
  definition: Pick<TransformJobDefinition, 'BatchStrategy'>,
): Promise<number> {
  const TransformJobName = `bench-${jobs++}`
  await sagemaker.createTransformJob({
    ...definition,
    TransformJobName,
    ModelName: (await stage.probe()).modelName,
    MaxConcurrentTransforms: concurrent,
    TransformInput: {
      ContentType: 'text/csv',
      SplitType: 'Line',
      DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/${key}` } },
    },
    TransformOutput: { S3OutputPath: `s3://${bucket}/out`, AssembleWith: 'Line' },
    TransformResources: { InstanceType: instanceType, InstanceCount: 1 },
  })
  const done = await poll(
    () => sagemaker.describeTransformJob({ TransformJobName }),
    ({ TransformJobStatus }) => /Completed|Failed|Stopped/.test(TransformJobStatus ?? ''),
  )
  hold(done.TransformJobStatus === 'Completed', `the transform ${done.TransformJobStatus}: ${done.FailureReason}`)
  return ((done.TransformEndTime?.getTime() ?? 0) - (done.TransformStartTime?.getTime() ?? 0)) / 1000
}

/** What anyone would write who has the lines in memory. */
async function bareLoop(address: string, lines: number): Promise<void> {
  let left = lines
  const lane = async () => {
    while (left-- > 0) {
      const body = record.trimEnd()
      const headers = { 'content-type': 'text/csv' }
      const answer = await request(`http://${address}/invocations`, { method: 'POST', headers, body })
      hold(answer.statusCode === 200, `the container answered ${answer.statusCode}`)
      await answer.body.bytes()
    }
  }
  await Promise.all(Array.from({ length: concurrent }, lane))
}

/** The server's peak while it transforms a small object and a large one. */
async function memoryGrowth(stage: Stage, buyer: Actor) {
  const { pid } = await stage.server()
  const [small, large] = stage.full ? [64, 10_240] : [16, 256]
  const peakOf = async (size: number) => {
    await putLarge(buyer, `large/${size}.csv`, size)
    return peakRssMiB(pid, () => transformSeconds(stage, buyer, `large/${size}.csv`, { BatchStrategy: 'MultiRecord' }))
  }
  await processMemory(pid)
  const ofSmall = await peakOf(small)
  return { small, large, ofSmall, ofLarge: await peakOf(large) }
}

/** Lines of generated text, in parts of 16 MiB. */
async function putLarge({ clients: { s3 }, bucket }: Actor, Key: string, sizeMiB: number): Promise<void> {
  const Body = record.repeat(Math.floor((16 * mebibyte) / record.length))
  const { UploadId } = await s3.createMultipartUpload({ Bucket: bucket, Key })
  const Parts = []
  for (let PartNumber = 1; PartNumber <= sizeMiB / 16; PartNumber++) {
    const { ETag } = await s3.uploadPart({ Bucket: bucket, Key, UploadId, PartNumber, Body })
    Parts.push({ ETag, PartNumber })
  }
  await s3.completeMultipartUpload({ Bucket: bucket, Key, UploadId, MultipartUpload: { Parts } })
}
