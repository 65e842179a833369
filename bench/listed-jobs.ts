import { region } from '../demo/clients.ts'
import type { ServerProcess } from '../demo/server-process.ts'
import { trainingJobs } from '../src/sagemaker/training/training-job.ts'
import type { TrainingJobRow } from '../src/sagemaker/training/training-job-row.ts'
import { dataDirectory } from '../src/store/data-directory.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import type { Actor } from './actor.ts'
import { instanceType } from './probe-product.ts'

export interface JobOwner {
  readonly account: string
  readonly role: string
  readonly bucket: string
}

/** Puts so many ended training jobs of an account into the store of a server, `listed-0` and so on; those that are there stay. */
export async function insertJobs(server: ServerProcess, actor: Actor, count: number): Promise<void> {
  const store = await openSqliteStore(dataDirectory(server.data).database)
  await store.transaction(async tx => {
    for (let index = 0; index < count; index++) {
      const job = endedJob({ account: actor.clients.id, ...actor }, index)
      if (!(await trainingJobs.get(tx, job.arn))) await trainingJobs.insert(tx, job)
    }
  })
  await store.close()
}

/** `listed-INDEX`, begun and ended so many seconds ago. */
export function endedJob({ account, role, bucket }: JobOwner, index: number): TrainingJobRow {
  const name = `listed-${index}`
  const at = Date.now() - index * 1000
  const hyperParameters = { depth: String(index % 9) }
  const source = { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${bucket}/${index % 100}` } }
  return {
    ...{ arn: `arn:aws:sagemaker:${region}:${account}:training-job/${name}`, account, region, name, parent: '' },
    ...{ status: 'Completed', created: at, modified: at, hyperParameters, metricDefinitions: [], command: [] },
    ...{
      imageDigest: 'sha256:none',
      attempt: 1,
      finalMetrics: { accuracy: { value: (index * 7919) % 1000, time: at } },
    },
    transitions: [{ Status: 'Completed', StartTime: at, EndTime: at }],
    request: {
      ...{ TrainingJobName: name, RoleArn: role, HyperParameters: hyperParameters },
      AlgorithmSpecification: { TrainingImage: 'listed', TrainingInputMode: 'File' },
      InputDataConfig: [{ ChannelName: 'train', DataSource: source }],
      OutputDataConfig: { S3OutputPath: `s3://${bucket}/output` },
      ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 3600 },
    },
  }
}
