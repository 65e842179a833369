import { insertTrainingJob, newTrainingJob } from '../../src/sagemaker/training/training-job.ts'
import { insertTransformJob, newTransformJob } from '../../src/sagemaker/transform/transform-job.ts'
import type { Context } from '../../src/service/context.ts'
import type { Ask } from './ask.ts'
import { servingPlan, trainingPlan } from './programs.ts'
import { productArn } from './sold-product.ts'
import { account, type World } from './world.ts'

export const role = `arn:aws:iam::${account}:role/Worker`

export function train(world: World, name: string, ask: Ask): void {
  const random = world.random.of(name)
  world.plans.set(name, trainingPlan(random))
  const hosts = random.between(1, 2)
  const retries = random.pick([0, 0, 3])
  const sold = random.chance(0.5)
  ask('train', 'training-job', name, ctx => beginTraining(ctx, name, { hosts, retries, sold }))
}

/** A training job that runs the program of its own name. */
export async function beginTraining(
  ctx: Context,
  name: string,
  { hosts, retries, sold }: { readonly hosts: number; readonly retries: number; readonly sold: boolean },
): Promise<void> {
  const row = await newTrainingJob(
    {
      TrainingJobName: name,
      AlgorithmSpecification: { TrainingImage: name, TrainingInputMode: 'File' },
      RoleArn: role,
      OutputDataConfig: { S3OutputPath: 's3://out/' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: hosts, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 300 },
      ...(retries > 0 && { RetryStrategy: { MaximumRetryAttempts: retries } }),
    },
    ctx,
  )
  await ctx.store.transaction(tx => insertTrainingJob(tx, { ...row, ...(sold && { productArn }) }))
}

/** As a model has it: one container, of a product if it is sold. */
export const modelOf = (image: string, sold: boolean) => ({
  containers: [{ definition: {}, imageDigest: image, environment: {}, ...(sold && { productArn }) }],
  executionRole: role,
  invocation: 'Serial' as const,
  name: image,
})

export function transform(world: World, name: string, ask: Ask): void {
  const random = world.random.of(name)
  world.plans.set(name, servingPlan(random))
  const inputs = random.between(0, 3)
  for (let input = 1; input <= inputs; input++) world.objects.set(`in/${name}/${input}`, Buffer.from('a\nb\n'))
  const sold = random.chance(0.5)
  ask('transform', 'transform-job', name, ctx => beginTransform(ctx, name, sold))
}

/** A transform job over the objects of its own name, by the program of that name. */
export async function beginTransform(ctx: Context, name: string, sold: boolean): Promise<void> {
  const request = {
    TransformJobName: name,
    ModelName: name,
    TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://in/${name}/` } } },
    TransformOutput: { S3OutputPath: `s3://out/${name}/` },
    TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
  }
  const row = newTransformJob(request as never, modelOf(name, sold) as never, ctx)
  await ctx.store.transaction(tx => insertTransformJob(tx, row))
}
