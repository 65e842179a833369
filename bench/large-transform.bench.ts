import { request } from 'undici'
import { hold } from '../demo/world.ts'
import type { Actor } from './actor.ts'
import type { Bench, Figure } from './bench.ts'
import { peakRssMiB } from './process-memory.ts'
import { timed } from './rounds.ts'
import type { Stage } from './stage.ts'
import { transformSeconds } from './transform-job.ts'

const mebibyte = 1024 * 1024
const partMiB = 64
const concurrent = 4
const payloadMiB = 6
const shortLine = '5.1,3.5,1.4,0.2\n'

/** One object: `line` over and over. */
interface Input {
  readonly what: string
  readonly line: string
  readonly lines: number
  readonly payloadMiB: number
  readonly concurrent: number
}

const long = (mebibytes: number): Input => {
  const line = `${'7.25,'.repeat(204)}end\n`
  const lines = Math.floor((mebibytes * mebibyte) / line.length)
  return { what: `${mebibytes.toLocaleString('en-US')} MiB`, line, lines, payloadMiB, concurrent }
}

const many = (lines: number): Input => ({
  ...{ what: `${lines.toLocaleString('en-US')} short lines`, line: shortLine, lines, payloadMiB, concurrent },
})

const giant = (mebibytes: number): Input => ({
  what: `one record of ${mebibytes} MiB`,
  line: `${'x'.repeat(mebibytes * mebibyte - 1)}\n`,
  ...{ lines: 1, payloadMiB: 100, concurrent: 1 },
})

/**
 * Large objects through a transform job, several records to a payload: the rate against a bare loop that posts payloads of the same
 * size to a container of the same image and neither reads nor keeps anything, and the most memory that the server holds meanwhile.
 */
export const largeTransformBench: Bench = {
  name: 'large-transform',
  async run(stage) {
    const buyer = await stage.buyer()
    const startSeconds = (await measure(stage, buyer, many(1), 0)).seconds
    const base = await measure(stage, buyer, long(16), startSeconds)
    const inputs = stage.full ? [long(10_240), many(5_000_000), giant(90)] : [long(512), many(500_000), giant(90)]
    const figures: Figure[] = []
    for (const input of inputs) {
      const { rate, bare, rss } = await measure(stage, buyer, input, startSeconds)
      figures.push(
        {
          ...{ work: `Transform of ${input.what}`, against: 'a bare loop', unit: 'MiB/s' },
          ...{ ours: [rate], theirs: [bare], judged: 'ratio' },
        },
        {
          ...{ work: `Transform of ${input.what}, the server's peak RSS`, against: 'of 16 MiB', unit: 'MiB' },
          ...{ ours: [rss], theirs: [base.rss], judged: 'ratio', ...(input.lines > 1 && { atMost: 1.5 }) },
        },
      )
    }
    return figures
  },
}

/** `startSeconds` of a job are its container's start, and do not count. */
async function measure(stage: Stage, buyer: Actor, input: Input, startSeconds: number) {
  const { s3 } = buyer.clients
  const Key = `large/${input.lines}-${input.line.length}.csv`
  const bytes = await put(buyer, Key, input)
  const { pid } = await stage.server()
  let seconds = Number.NaN
  const rss = await peakRssMiB(pid, async () => {
    const MaxConcurrentTransforms = input.concurrent
    const limits = { MaxPayloadInMB: input.payloadMiB, MaxConcurrentTransforms, BatchStrategy: 'MultiRecord' as const }
    seconds = await transformSeconds(stage, buyer, Key, limits)
  })
  const out = `out/${Key.slice(Key.lastIndexOf('/') + 1)}.out`
  const { ContentLength } = await s3.headObject({ Bucket: buyer.bucket, Key: out })
  hold(ContentLength === bytes, `${out} has ${ContentLength} bytes instead of ${bytes}`)
  for (const key of [Key, out]) await s3.deleteObject({ Bucket: buyer.bucket, Key: key })
  const { address } = await stage.probe()
  const bare = await timed(() => bareLoop(address, input, bytes))
  const working = Math.max(0.01, seconds - startSeconds)
  return { seconds, rate: bytes / mebibyte / working, bare: bytes / mebibyte / bare, rss }
}

/** One part is sent, the others are copies of it, so that the input costs little to make. Returns its size. */
async function put({ clients: { s3 }, bucket }: Actor, Key: string, { line, lines }: Input): Promise<number> {
  const perPart = Math.max(1, Math.floor((partMiB * mebibyte) / line.length))
  const whole = Math.floor(lines / perPart)
  const rest = line.repeat(lines % perPart)
  const at = { Bucket: bucket, Key }
  if (whole === 0) {
    await s3.putObject({ ...at, Body: rest })
    return rest.length
  }
  const { UploadId } = await s3.createMultipartUpload(at)
  const source = `${Key}.part`
  await s3.putObject({ Bucket: bucket, Key: source, Body: line.repeat(perPart) })
  const Parts = []
  for (let PartNumber = 1; PartNumber <= whole; PartNumber++) {
    const { CopyPartResult } = await s3.uploadPartCopy({
      ...{ ...at, UploadId, PartNumber, CopySource: `${bucket}/${source}` },
    })
    Parts.push({ PartNumber, ETag: CopyPartResult?.ETag })
  }
  if (rest) {
    const { ETag } = await s3.uploadPart({ ...at, UploadId, PartNumber: whole + 1, Body: rest })
    Parts.push({ PartNumber: whole + 1, ETag })
  }
  await s3.completeMultipartUpload({ ...at, UploadId, MultipartUpload: { Parts } })
  await s3.deleteObject({ Bucket: bucket, Key: source })
  return line.length * lines
}

async function bareLoop(address: string, { line, concurrent: lanes, payloadMiB: most }: Input, bytes: number) {
  const body = Buffer.from(line.repeat(Math.max(1, Math.floor((most * mebibyte) / line.length))))
  let left = bytes
  const lane = async () => {
    while (left > 0) {
      const part = body.subarray(0, Math.min(left, body.byteLength))
      left -= part.byteLength
      const headers = { 'content-type': 'text/csv' }
      const answer = await request(`http://${address}/invocations`, { method: 'POST', headers, body: part })
      hold(answer.statusCode === 200, `the container answered ${answer.statusCode}`)
      await answer.body.dump({ limit: Number.POSITIVE_INFINITY })
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
