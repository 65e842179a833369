import { ServiceError } from '../../src/ground/errors.ts'
import { serviceContext } from '../../src/sagemaker/service-context.ts'
import {
  type Deployment,
  deleteEndpoint,
  endpoints,
  updateEndpointWeightsAndCapacities,
} from '../../src/sagemaker/serving/endpoint.ts'
import { insertTrainingJob, newTrainingJob, stopTrainingJob } from '../../src/sagemaker/training/training-job.ts'
import { insertTransformJob, newTransformJob, stopTransformJob } from '../../src/sagemaker/transform/transform-job.ts'
import type { Context } from '../../src/service/context.ts'
import { servingPlan, trainingPlan } from './programs.ts'
import { account, productArn, region, type World } from './world.ts'

const role = `arn:aws:iam::${account}:role/Worker`

/** What a client was told, or was not: an answer that never came may mean either. */
export interface Asked {
  readonly what: string
  readonly arn: string
  answer: 'acknowledged' | 'refused' | 'none'
}

/** Draws what clients do, and when. Returns what they asked for, with the answers as they come. */
export function tellStory(world: World): Asked[] {
  const { random, options } = world
  const asked: Asked[] = []
  const ask = (what: string, kind: string, name: string, work: (ctx: Context) => Promise<unknown>) => {
    const request: Asked = { what, arn: `arn:aws:sagemaker:${region}:${account}:${kind}/${name}`, answer: 'none' }
    asked.push(request)
    world.at(random.between(0, options.horizonMs), () => {
      const answer = world.call(({ platform }) => work(serviceContext(platform, account, region)))
      world.note(`${what} ${name}${answer ? '' : ': nobody listens'}`)
      answer?.then(
        () => {
          request.answer = 'acknowledged'
        },
        error => {
          request.answer = error instanceof ServiceError ? 'refused' : 'none'
        },
      )
    })
  }
  for (let number = 1; number <= options.trainingJobs; number++) train(world, `t${number}`, ask)
  for (let number = 1; number <= options.transformJobs; number++) transform(world, `b${number}`, ask)
  for (let number = 1; number <= options.endpoints; number++) deploy(world, `e${number}`, ask)
  for (let number = 0; number < options.interventions; number++) intervene(world, ask)
  return asked
}

type Ask = (what: string, kind: string, name: string, work: (ctx: Context) => Promise<unknown>) => void

function train(world: World, name: string, ask: Ask): void {
  const { random } = world
  world.plans.set(name, trainingPlan(random))
  const hosts = random.between(1, 2)
  const retries = random.pick([0, 0, 3])
  const sold = random.chance(0.5)
  ask('train', 'training-job', name, async ctx => {
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
  })
}

const modelOf = (image: string, sold: boolean) => ({
  containers: [{ definition: {}, imageDigest: image, environment: {}, ...(sold && { productArn }) }],
  executionRole: role,
  invocation: 'Serial' as const,
  name: image,
})

function transform(world: World, name: string, ask: Ask): void {
  const { random } = world
  world.plans.set(name, servingPlan(random))
  const inputs = random.between(0, 3)
  for (let input = 1; input <= inputs; input++) world.objects.set(`in/${name}/${input}`, Buffer.from('a\nb\n'))
  const sold = random.chance(0.5)
  ask('transform', 'transform-job', name, async ctx => {
    const request = {
      TransformJobName: name,
      ModelName: name,
      TransformInput: { DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://in/${name}/` } } },
      TransformOutput: { S3OutputPath: `s3://out/${name}/` },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    }
    const row = newTransformJob(request as never, modelOf(name, sold) as never, ctx)
    await ctx.store.transaction(tx => insertTransformJob(tx, row))
  })
}

function deploy(world: World, name: string, ask: Ask): void {
  const { random } = world
  world.plans.set(name, servingPlan(random))
  const sold = random.chance(0.5)
  const count = random.between(1, 2)
  ask('deploy', 'endpoint', name, async ctx => {
    const variant = {
      ...{ name: 'v', instanceType: 'ml.m5.large', weight: 1, startupTimeoutSeconds: 60, model: modelOf(name, sold) },
    }
    const hosts = Array.from({ length: count }, (_, index) => ({ variant: 'v', index, attempt: index + 1 }))
    const target: Deployment = { configName: 'c', variants: [variant], hosts }
    const now = ctx.now().getTime()
    await ctx.store.transaction(async tx => {
      await endpoints.insert(tx, {
        ...{ arn: ctx.arn('endpoint', name), account, region, name, parent: '', created: now, modified: now },
        ...{ status: 'Creating', target, lastAttempt: count },
      })
      await tx.enqueue('endpoint', ctx.arn('endpoint', name))
    })
  })
}

function intervene({ random, options }: World, ask: Ask): void {
  const one = (count: number, letter: string) => `${letter}${random.between(1, Math.max(1, count))}`
  const [training, batch, endpoint] = [
    one(options.trainingJobs, 't'),
    one(options.transformJobs, 'b'),
    one(options.endpoints, 'e'),
  ]
  random.pick([
    () => ask('stop', 'training-job', training, ctx => stopTrainingJob({ TrainingJobName: training }, ctx)),
    () => ask('stop', 'transform-job', batch, ctx => stopTransformJob({ TransformJobName: batch }, ctx)),
    () => ask('delete', 'endpoint', endpoint, ctx => deleteEndpoint({ EndpointName: endpoint }, ctx)),
    () =>
      ask('scale', 'endpoint', endpoint, ctx =>
        updateEndpointWeightsAndCapacities(
          { EndpointName: endpoint, DesiredWeightsAndCapacities: [{ VariantName: 'v', DesiredInstanceCount: 2 }] },
          ctx,
        ),
      ),
  ])()
}
