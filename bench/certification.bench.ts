import { setTimeout as sleep } from 'node:timers/promises'
import type { TrainingJobDefinition } from '@aws-sdk/client-sagemaker'
import { hold, poll } from '../demo/world.ts'
import { at } from '../src/driver/engine-path.ts'
import type { Seller } from './actor.ts'
import type { Bench } from './bench.ts'
import { removeContainer, runServe, runTrain } from './engine-container.ts'
import { inference, instanceType, transformDefinition } from './probe-product.ts'
import { alternate, timed } from './rounds.ts'
import type { Stage } from './stage.ts'

const rounds = 4
const record = '5.1,3.5,1.4,0.2\n'

/** Certifies an algorithm that does nothing (train, transform, scan), against the engine running the same two containers by hand. */
export const certificationBench: Bench = {
  name: 'certification',
  async run(stage) {
    const seller = await stage.seller()
    const { s3, sagemaker } = seller.clients
    await s3.putObject({ Bucket: seller.bucket, Key: 'input/one.csv', Body: record })
    let made = 0
    const taken = await alternate(rounds, {
      async ours() {
        const name = `noop-${made++}`
        const seconds = await timed(() => certify(seller, name))
        await sagemaker.deleteAlgorithm({ AlgorithmName: name })
        await quiet(stage)
        return seconds
      },
      async engine() {
        const left: string[] = []
        const seconds = await timed(async () => {
          left.push(await runTrain(stage.engine, stage.image))
          left.push(await runServe(stage.engine, stage.image, record))
        })
        for (const id of left) await removeContainer(stage.engine, id)
        return seconds
      },
    })
    return [
      {
        ...{ work: 'Certification of a no-op algorithm', against: 'the engine alone', unit: 's' },
        ...{ ours: taken.ours, theirs: taken.engine, judged: 'excess', atMost: 1 },
      },
    ]
  },
}

async function certify({ clients: { sagemaker }, image, role, bucket }: Seller, AlgorithmName: string): Promise<void> {
  await sagemaker.createAlgorithm({
    AlgorithmName,
    TrainingSpecification: {
      TrainingImage: image,
      SupportedTrainingInstanceTypes: [instanceType],
      TrainingChannels: [{ Name: 'training', SupportedContentTypes: ['text/csv'], SupportedInputModes: ['File'] }],
    },
    InferenceSpecification: { ...inference(image), Containers: [{ Image: image }] },
    ValidationSpecification: {
      ValidationRole: role,
      ValidationProfiles: [
        {
          ProfileName: 'noop',
          TrainingJobDefinition: trainingDefinition(bucket),
          TransformJobDefinition: transformDefinition(bucket),
        },
      ],
    },
    CertifyForMarketplace: true,
  })
  for (;;) {
    const { AlgorithmStatus, AlgorithmStatusDetails } = await sagemaker.describeAlgorithm({ AlgorithmName })
    hold(AlgorithmStatus !== 'Failed', `the certification failed: ${JSON.stringify(AlgorithmStatusDetails)}`)
    if (AlgorithmStatus === 'Completed') return
    await sleep(10)
  }
}

const trainingDefinition = (bucket: string): TrainingJobDefinition => ({
  TrainingInputMode: 'File',
  InputDataConfig: [
    {
      ChannelName: 'training',
      ContentType: 'text/csv',
      DataSource: {
        S3DataSource: {
          S3DataType: 'S3Prefix',
          S3Uri: `s3://${bucket}/input/`,
          S3DataDistributionType: 'FullyReplicated',
        },
      },
    },
  ],
  OutputDataConfig: { S3OutputPath: `s3://${bucket}/model` },
  ResourceConfig: { InstanceType: instanceType, InstanceCount: 1, VolumeSizeInGB: 1 },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
})

/** Waits until no job's container of the stage's server is left, so that clearing up does not run into the next round. */
async function quiet({ engine, seller }: Stage): Promise<void> {
  const { clients } = await seller()
  const filters = JSON.stringify({ label: ['modelmart.arn'] })
  const ofJob = new RegExp(`:${clients.id}:(training|transform)-job/`)
  await poll(
    async () => (await engine.call<Container[]>('GET', at`/containers/json`, { query: { all: true, filters } })).body,
    containers => !containers.some(({ Labels }) => ofJob.test(Labels['modelmart.arn'] ?? '')),
  )
}

interface Container {
  readonly Labels: Readonly<Record<string, string>>
}
