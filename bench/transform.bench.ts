import { request } from 'undici'
import { hold } from '../demo/world.ts'
import type { Bench } from './bench.ts'
import { alternate, timed } from './rounds.ts'
import { transformSeconds } from './transform-job.ts'

const rounds = 3
const concurrent = 4
const few = 2_000
const many = 100_000
const record = '5.1,3.5,1.4,0.2\n'

/**
 * Records a second of a transform job whose payloads hold one record each, against a bare loop of the same concurrency on a container
 * of the same image. A job's rate is the slope between a short job and a long one, so that starting the container does not count; the long one is long enough that the server has compiled what runs.
 */
export const transformBench: Bench = {
  name: 'transform',
  async run(stage) {
    const [buyer, probe] = [await stage.buyer(), await stage.probe()]
    const { s3 } = buyer.clients
    for (const lines of [few, many])
      await s3.putObject({ Bucket: buyer.bucket, Key: `lines/${lines}.csv`, Body: record.repeat(lines) })
    const SingleRecord = { BatchStrategy: 'SingleRecord', MaxConcurrentTransforms: concurrent } as const
    const job = (lines: number) => transformSeconds(stage, buyer, `lines/${lines}.csv`, SingleRecord)
    const rate = await alternate(rounds, {
      ours: async () => (many - few) / ((await job(many)) - (await job(few))),
      bare: async () => many / (await timed(() => bareLoop(probe.address, many))),
    })
    return [
      {
        ...{ work: `Transform, 1-record payloads, ${concurrent} at once`, against: 'a bare loop', unit: '/s' },
        ...{ ours: rate.ours, theirs: rate.bare, judged: 'ratio', atLeast: 0.9 },
      },
    ]
  },
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
