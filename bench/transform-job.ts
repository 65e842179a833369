import type { CreateTransformJobCommandInput } from '@aws-sdk/client-sagemaker'
import { hold, poll } from '../demo/world.ts'
import type { Actor } from './actor.ts'
import { instanceType } from './probe-product.ts'
import type { Stage } from './stage.ts'

let jobs = 0

/** Runs a transform job of the probe over one object to its end and returns the seconds between its own start and end times. */
export async function transformSeconds(
  stage: Stage,
  { clients: { sagemaker }, bucket }: Actor,
  key: string,
  definition: Pick<CreateTransformJobCommandInput, 'BatchStrategy' | 'MaxConcurrentTransforms' | 'MaxPayloadInMB'>,
): Promise<number> {
  const TransformJobName = `bench-${jobs++}`
  await sagemaker.createTransformJob({
    ...definition,
    TransformJobName,
    ModelName: (await stage.probe()).modelName,
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
