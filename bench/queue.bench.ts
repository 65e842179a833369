import type { DescribeTrainingJobCommandOutput } from '@aws-sdk/client-sagemaker'
import { hold, poll } from '../demo/world.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureEngine } from '../setup/engine.mjs'
import { pushImage } from '../src/cli/push-image.ts'
import type { Actor } from './actor.ts'
import type { Bench } from './bench.ts'
import { removeContainer, runTrain } from './engine-container.ts'
import { instanceType } from './probe-product.ts'
import { alternate, timed } from './rounds.ts'
import type { Stage } from './stage.ts'

const few = 200
const many = 1_000
/** Of the same containers by hand: enough for a mean. */
const byHand = 40

interface Owner extends Actor {
  readonly image: string
}

/**
 * A queue of training jobs that do nothing, asked for by two accounts in turn: seconds a job against the engine running the same
 * containers by hand as many at a time, how evenly the accounts waited, and what a single job costs on top.
 */
export const queueBench: Bench = {
  name: 'queue',
  async run(stage) {
    const owners: readonly Owner[] = [await stage.seller(), await withImage(stage, await stage.buyer())]
    const alone = await alternate(3, {
      ours: () => timed(() => runJob(owners[0] as Owner, `alone-${names++}`)),
      engine: () => timed(async () => removeContainer(stage.engine, await runTrain(stage.engine, stage.image))),
    })
    const count = stage.full ? many : few
    const { jobs, seconds } = await drain(owners, count)
    const parallel = mostAtOnce(jobs)
    const bare = await timed(() => containersByHand(stage, byHand, parallel))
    const waits = owners.map(({ clients }) => mean(jobs.filter(job => ownerOf(job) === clients.id).map(waitOf)))
    return [
      {
        ...{ work: 'A training job alone, from call to end', against: 'the engine alone', unit: 's' },
        ...{ ours: alone.ours, theirs: alone.engine, judged: 'excess' },
      },
      {
        ...{ work: `Queue of ${count} training jobs, a job`, against: `the engine, ${parallel} at a time`, unit: 's' },
        ...{ ours: [seconds / count], theirs: [bare / byHand], judged: 'ratio' },
      },
      {
        ...{ work: 'The same, mean wait of one account', against: 'of the other', unit: 's' },
        ...{ ours: [Math.max(...waits)], theirs: [Math.min(...waits)], judged: 'ratio', atMost: 1.1 },
      },
      {
        ...{ work: 'The same, most later jobs that started before one', unit: 'jobs' },
        ...{ ours: [overtaken(jobs)], judged: 'value', atMost: parallel },
      },
    ]
  },
}

let names = 0

async function withImage(stage: Stage, owner: Actor): Promise<Owner> {
  const { repository } = await owner.clients.ecr.createRepository({ repositoryName: 'queue' })
  const engine = await ensureEngine({})
  return { ...owner, image: await pushImage(engine, stage.image, repository?.repositoryUri as string, owner.clients) }
}

const create = ({ clients: { sagemaker }, role, bucket, image }: Owner, TrainingJobName: string) =>
  sagemaker.createTrainingJob({
    TrainingJobName,
    RoleArn: role,
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/queue` },
    ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 300 },
  })

const ended = /Completed|Failed|Stopped/

async function end(
  { clients: { sagemaker } }: Owner,
  TrainingJobName: string,
): Promise<DescribeTrainingJobCommandOutput> {
  const job = await poll(
    () => sagemaker.describeTrainingJob({ TrainingJobName }),
    ({ TrainingJobStatus }) => ended.test(TrainingJobStatus ?? ''),
  )
  hold(job.TrainingJobStatus === 'Completed', `${TrainingJobName} ${job.TrainingJobStatus}: ${job.FailureReason}`)
  return job
}

async function runJob(owner: Owner, name: string): Promise<void> {
  await create(owner, name)
  await end(owner, name)
}

/** Asks for all, the accounts in turn, and waits for each: none may be lost or fail. Jobs in the order in which they were asked for. */
async function drain(owners: readonly Owner[], count: number) {
  const asked: { owner: Owner; name: string }[] = []
  const start = performance.now()
  for (let number = 0; number < count; number++) {
    const owner = owners[number % owners.length] as Owner
    const name = `queued-${String(number).padStart(4, '0')}`
    await create(owner, name)
    asked.push({ owner, name })
  }
  const jobs: DescribeTrainingJobCommandOutput[] = []
  // One after the other, last things last, so that asking does not compete with the work.
  for (const { owner, name } of asked) jobs.push(await end(owner, name))
  return { jobs, seconds: (performance.now() - start) / 1000 }
}

const ms = (time: Date | undefined): number => time?.getTime() ?? Number.NaN
const waitOf = (job: DescribeTrainingJobCommandOutput): number =>
  (ms(job.TrainingStartTime) - ms(job.CreationTime)) / 1000
const ownerOf = ({ TrainingJobArn = '' }: DescribeTrainingJobCommandOutput): string =>
  TrainingJobArn.split(':')[4] ?? ''
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function mostAtOnce(jobs: readonly DescribeTrainingJobCommandOutput[]): number {
  const running = (at: number) =>
    jobs.filter(job => ms(job.TrainingStartTime) <= at && at < ms(job.TrainingEndTime)).length
  return Math.max(...jobs.map(job => running(ms(job.TrainingStartTime))))
}

/** For the job that fared worst, how many that were asked for later started before it. */
const overtaken = (jobs: readonly DescribeTrainingJobCommandOutput[]): number =>
  Math.max(
    ...jobs.map(
      (job, place) =>
        jobs.slice(place + 1).filter(later => ms(later.TrainingStartTime) < ms(job.TrainingStartTime)).length,
    ),
  )

async function containersByHand({ engine, image }: Stage, count: number, lanes: number): Promise<void> {
  let left = count
  const lane = async () => {
    while (left-- > 0) await removeContainer(engine, await runTrain(engine, image))
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
