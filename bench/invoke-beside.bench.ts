import { hold, poll } from '../demo/world.ts'
import { affects, importRecords, record } from '../src/scan/osv-record.fixture.ts'
import { dataDirectory } from '../src/store/data-directory.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import { invokeUrl, type Seller } from './actor.ts'
import type { Bench } from './bench.ts'
import { startFlood } from './flood.ts'
import { insertJobs } from './listed-jobs.ts'
import { channel } from './lists.bench.ts'
import { loadApart } from './load-apart.ts'
import { instanceType } from './probe-product.ts'
import { alternate } from './rounds.ts'
import type { Stage } from './stage.ts'
import { createSigner } from './wire-request.ts'

const rounds = 3
const searches = 4
const repositoryName = 'probe'
const headers = { 'content-type': 'text/csv', accept: 'text/csv' }

/**
 * How long an invocation of a product takes, p99 at one connection, while another account's searches walk all of its jobs, images are scanned and
 * jobs start, against the same in a quiet server.
 */
export const invokeBesideBench: Bench = {
  name: 'invoke-beside',
  async run(stage) {
    const sizes = stage.full ? { rows: 100_000, jobs: 50, seconds: 10 } : { rows: 10_000, jobs: 5, seconds: 3 }
    const seller = await stage.seller()
    const measure = await invocations(stage, sizes.seconds)
    await insertJobs(await stage.server(), seller, sizes.rows)
    await importSomething(stage)
    let round = 0
    const taken = await alternate(rounds, {
      quiet: measure,
      async beside() {
        const work = await startAll(stage, seller, sizes.jobs, `beside-${round++}`)
        try {
          return await measure()
        } finally {
          await work.ended()
        }
      },
    })
    const what = `Search walks ${sizes.rows.toLocaleString('en-US')} rows, a scan runs, ${sizes.jobs} jobs start`
    return [
      {
        ...{ work: `InvokeEndpoint, p99 while ${what}`, against: 'in a quiet server', unit: 'ms' },
        ...{ ours: taken.beside, theirs: taken.quiet, judged: 'ratio', atMost: 1.5 },
      },
    ]
  },
}

/** The p99 of so many seconds of them, in milliseconds. */
async function invocations(stage: Stage, seconds: number): Promise<() => Promise<number>> {
  const [buyer, probe] = [await stage.buyer(), await stage.probe()]
  const url = await invokeUrl(buyer)
  const sign = createSigner(url, 'sagemaker', buyer.clients.credentials)
  const path = `/endpoints/${probe.endpointName}/invocations`
  return async () => {
    const requests = [await sign({ method: 'POST', path, headers, body: Buffer.from('5.1,3.5,1.4,0.2\n') })]
    return (await loadApart(url, { requests, connections: 1, seconds })).p99Ms
  }
}

/** Without any record no image is looked into. */
async function importSomething(stage: Stage): Promise<void> {
  const store = await openSqliteStore(dataDirectory((await stage.server()).data).database)
  const systems = ['Debian:12', 'Debian:13', 'Ubuntu:22.04:LTS', 'Ubuntu:24.04:LTS']
  await importRecords(store, [
    record(
      'BENCH-1',
      systems.map(system => affects(system, 'nothing', '1')),
    ),
  ])
  await store.close()
}

/** Resolves when all of it is asked for; scans go on one after the other. */
async function startAll(stage: Stage, seller: Seller, jobs: number, name: string) {
  const flood = await startFlood((await stage.server()).url, {
    ...{ requests: [await walk(stage, seller)], connections: searches, isRepeated: true },
  })
  const names = Array.from({ length: jobs }, (_, index) => `${name}-${index}`)
  const asked = Promise.all(names.map(job => createJob(seller, job)))
  let goesOn = true
  const scan = async () => {
    for (let time = 0; goesOn; time++) await scanned(seller, await unscanned(seller, `${name}-${time}`))
  }
  const scanning = scan()
  scanning.catch(() => {})
  return {
    async ended() {
      goesOn = false
      await flood.end()
      await asked
      await scanning
      for (const job of names) await jobEnded(seller, job)
    },
  }
}

/** The image once more under another digest: what was read of one is known afterwards. */
async function unscanned({ clients: { ecr } }: Seller, imageTag: string): Promise<string> {
  const { images } = await ecr.batchGetImage({ repositoryName, imageIds: [{ imageTag: '1.0.0' }] })
  const [found] = images ?? []
  hold(found?.imageManifest, 'the probe has no manifest')
  const imageManifest = JSON.stringify({ ...JSON.parse(found.imageManifest), annotations: { name: imageTag } })
  await ecr.putImage({
    ...{ repositoryName, imageTag, imageManifest, imageManifestMediaType: found.imageManifestMediaType },
  })
  return imageTag
}

async function scanned({ clients: { ecr } }: Seller, imageTag: string): Promise<void> {
  await ecr.startImageScan({ repositoryName, imageId: { imageTag } })
  const { imageScanStatus: is } = await poll(
    () => ecr.describeImageScanFindings({ repositoryName, imageId: { imageTag } }),
    ({ imageScanStatus }) => imageScanStatus?.status !== 'IN_PROGRESS',
  )
  hold(is?.status === 'COMPLETE', `the scan is ${is?.status}: ${is?.description}`)
}

/** A search that looks at every job and finds none. */
async function walk(stage: Stage, { clients }: Seller): Promise<Buffer> {
  const sign = createSigner((await stage.server()).url, 'sagemaker', clients.credentials)
  const body = Buffer.from(JSON.stringify({ Resource: 'TrainingJob', SearchExpression: channel('absent') }))
  const target = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'SageMaker.Search' }
  return sign({ method: 'POST', path: '/', headers: target, body })
}

const createJob = ({ clients: { sagemaker }, role, bucket, image }: Seller, TrainingJobName: string) =>
  sagemaker.createTrainingJob({
    ...{ TrainingJobName, RoleArn: role, OutputDataConfig: { S3OutputPath: `s3://${bucket}/beside` } },
    AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
    ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 300 },
  })

async function jobEnded({ clients: { sagemaker } }: Seller, TrainingJobName: string): Promise<void> {
  const job = await poll(
    () => sagemaker.describeTrainingJob({ TrainingJobName }),
    ({ TrainingJobStatus = '' }) => /Completed|Failed|Stopped/.test(TrainingJobStatus),
  )
  hold(job.TrainingJobStatus === 'Completed', `${TrainingJobName} ${job.TrainingJobStatus}: ${job.FailureReason}`)
}
