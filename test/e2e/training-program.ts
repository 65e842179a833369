import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  Channel,
  CreateTrainingJobCommandInput,
  DescribeTrainingJobCommandOutput,
} from '@aws-sdk/client-sagemaker'
import type { ServerProcess } from '../../demo/server-process.ts'
import { dataDirectory, workloadDirectory } from '../../src/store/data-directory.ts'
import { download, trainingRequest } from './jobs.ts'
import type { Party } from './party.ts'

/** The program is longer than an argument of a container may be, so it comes as a hyperparameter, which has no line ends: as JSON. */
const runner = "import json;exec(json.loads(json.load(open('/opt/ml/input/config/hyperparameters.json'))['program']))"

/** Functions that the programs of these tests begin with. */
const prelude = `
import hashlib,json,os,sys,time
ML='/opt/ml/'
def pipe(name,epoch):
  path=f'{ML}input/data/{name}_{epoch}'
  end=time.time()+30
  while not os.path.exists(path) and time.time()<end: time.sleep(.01)
  return open(path,'rb')
def save(value,path='model/result.json'):
  open(ML+path,'w').write(json.dumps(value))
def wait_until_told():
  end=time.time()+240
  while not os.path.exists('/tmp/go') and time.time()<end: time.sleep(.02)
def config(name): return json.load(open(f'{ML}input/config/{name}.json'))
`

type Request = CreateTrainingJobCommandInput

/** A job that runs this Python and leaves its files unarchived, so that a test reads them one by one. */
export const programRequest = (
  party: Party,
  name: string,
  program: string,
  { mode = 'File', ...changes }: Partial<Request> & { readonly mode?: 'File' | 'FastFile' | 'Pipe' } = {},
): Request =>
  trainingRequest(
    party,
    name,
    { program: JSON.stringify(prelude + program) },
    {
      AlgorithmSpecification: {
        TrainingImage: party.image,
        TrainingInputMode: mode,
        ContainerEntrypoint: ['/usr/bin/python3', '-c', runner],
      },
      OutputDataConfig: { S3OutputPath: `s3://${party.bucket}/out`, CompressionType: 'NONE' },
      // The smallest, so that several run side by side.
      ResourceConfig: { InstanceType: 'ml.t3.medium', InstanceCount: 1, VolumeSizeInGB: 1 },
      ...changes,
    },
  )

/** Lets a program on one host go on that waits until it is told, however long the test has taken to look at it. */
export async function tell({ data }: ServerProcess, arn: string): Promise<void> {
  await writeFile(join(workloadDirectory(dataDirectory(data).work, arn), '1/algo-1/tmp/go'), '')
}

/** What the program has saved. */
export async function result<Value>(party: Party, job: DescribeTrainingJobCommandOutput): Promise<Value> {
  if (job.TrainingJobStatus !== 'Completed') throw new Error(`${job.TrainingJobName}: ${job.FailureReason}`)
  return JSON.parse((await download(party, `${job.ModelArtifacts?.S3ModelArtifacts}/result.json`)).toString())
}

type Source = NonNullable<NonNullable<Channel['DataSource']>['S3DataSource']>

export const input = (
  ChannelName: string,
  S3Uri: string,
  source: Partial<Source> = {},
  changes: Partial<Channel> = {},
): Channel => ({
  ChannelName,
  DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri, S3DataDistributionType: 'FullyReplicated', ...source } },
  ...changes,
})
