import { clock } from '../../ground/clock.ts'
import { ValidationException } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import type { ProductRunRequest, ProductRuns, ProductTrainingRequest } from '../../service/product-run.ts'
import { joinS3Uri, parseS3Uri } from '../../workload/s3-uri.ts'
import { type AlgorithmRow, algorithms } from '../product/algorithm.ts'
import { containersOf, modelPackages } from '../product/model-package.ts'
import { modelContainersOf, servingContainers } from '../product/model-package-inference.ts'
import { serviceContext } from '../service-context.ts'
import type { ModelRow } from '../serving/model.ts'
import type { ModelContainer } from '../serving/model-container.ts'
import { advance, insertTrainingJob, newTrainingJob, trainingJobs } from '../training/training-job.ts'
import { outputName } from './output-name.ts'
import { insertTransformJob, newTransformJob, transformJobs } from './transform-job.ts'

/**
 * Products that are evaluated, as transform jobs of whoever evaluates them, algorithms after a training job. The account has no model of the
 * product: nothing else can be made of it.
 */
export const createProductRuns = (platform: Platform): ProductRuns => ({
  async start(asked) {
    if (await transformJobs.get(platform.store, asked.arn)) return
    const model = await modelFor(platform, asked)
    const job = newTransformJob(requestOf(asked), model, serviceContext(platform, asked.account, asked.region))
    const { notify, input: evaluated } = asked
    await platform.store.transaction(async tx => {
      if (await transformJobs.get(tx, asked.arn)) return
      await insertTransformJob(tx, { ...job, notify, evaluated })
    })
  },
  async find(arn) {
    const job = await transformJobs.get(platform.store, arn)
    if (!job?.evaluated) return undefined
    const { status, failureReason, measured, request, evaluated } = job
    const name = outputName(evaluated.key.slice(evaluated.key.lastIndexOf('/') + 1))
    const output = parseS3Uri(joinS3Uri(request.TransformOutput.S3OutputPath, name))
    return { status, output, ...(failureReason && { failureReason }), ...(measured && { measured }) }
  },
  async train(asked) {
    if (await trainingJobs.get(platform.store, asked.arn)) return
    const algorithm = await requireAlgorithm(platform, asked.productArn)
    const ctx = serviceContext(platform, asked.account, asked.region)
    const job = await newTrainingJob(trainingOf(asked), ctx, algorithm)
    const inputs = Object.fromEntries(asked.channels.map(({ name, input }) => [name, input]))
    await platform.store.transaction(async tx => {
      if (await trainingJobs.get(tx, asked.arn)) return
      await insertTrainingJob(tx, { ...job, notify: asked.notify, evaluated: { run: asked.run, inputs } })
    })
  },
  async findTraining(arn) {
    const job = await trainingJobs.get(platform.store, arn)
    if (!job?.evaluated) return undefined
    const { status, failureReason, modelArtifacts: model } = job
    return { status, ...(failureReason && { failureReason }), ...(model && { model }) }
  },
  async stop(arn) {
    await platform.store.transaction(async tx => {
      const training = await trainingJobs.get(tx, arn)
      if (training?.status === 'InProgress') {
        const transitions = advance(training.transitions, 'Stopping', clock.now(), 'Stopping the training job')
        await trainingJobs.update(tx, arn, { status: 'Stopping', stopReason: 'StopRequested', transitions })
        await tx.enqueue(trainingJobs.kind, arn)
      }
      const job = await transformJobs.get(tx, arn)
      if (job?.status !== 'InProgress') return
      await transformJobs.update(tx, arn, { status: 'Stopping' })
      await tx.enqueue(transformJobs.kind, arn)
    })
  },
})

/** Never stored: the job has its containers from here. */
async function modelFor(platform: Platform, asked: ProductRunRequest): Promise<ModelRow> {
  const { account, region, name, productArn, role: executionRole } = asked
  const containers = await containersFor(platform, asked)
  const now = clock.now()
  const identity = { arn: productArn, account, region, name, parent: '', status: '', created: now, modified: now }
  return { ...identity, containers, executionRole, isolated: true, invocation: 'Serial' }
}

async function containersFor(platform: Platform, { productArn, model }: ProductRunRequest): Promise<ModelContainer[]> {
  if (model !== undefined) {
    const algorithm = await requireAlgorithm(platform, productArn)
    return modelContainersOf(servingContainers(algorithm, model))
  }
  const row = await modelPackages.get(platform.store, productArn)
  if (!row) throw new ValidationException(`${productArn} cannot be evaluated: it is no model package.`)
  return containersOf(row)
}

async function requireAlgorithm({ store }: Platform, arn: string): Promise<AlgorithmRow> {
  const row = await algorithms.get(store, arn)
  if (!row) throw new ValidationException(`${arn} cannot be evaluated: it is no algorithm.`)
  return row
}

/** The seller's minutes are held by whoever asks; the job's own bound is for when nobody does. */
const trainingOf = (asked: ProductTrainingRequest): Parameters<typeof newTrainingJob>[0] => ({
  TrainingJobName: asked.name,
  RoleArn: asked.role,
  AlgorithmSpecification: { AlgorithmName: asked.productArn, TrainingInputMode: 'File' },
  EnableNetworkIsolation: true,
  HyperParameters: { ...asked.hyperParameters },
  InputDataConfig: asked.channels.map(({ name, contentType, input }) => ({
    ChannelName: name,
    ...(contentType !== undefined && { ContentType: contentType }),
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${input.bucket}/${input.key}` } },
  })),
  OutputDataConfig: { S3OutputPath: asked.outputUri },
  ResourceConfig: { InstanceType: asked.instanceType as 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 10 },
  StoppingCondition: { MaxRuntimeInSeconds: asked.maxMinutes * 60 + 60 },
})

const requestOf = (asked: ProductRunRequest) => ({
  TransformJobName: asked.name,
  ModelName: asked.name,
  BatchStrategy: 'SingleRecord' as const,
  MaxConcurrentTransforms: 1,
  TransformInput: {
    ContentType: asked.contentType,
    SplitType: 'Line' as const,
    DataSource: {
      S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${asked.input.bucket}/${asked.input.key}` },
    },
  },
  TransformOutput: {
    S3OutputPath: asked.outputUri,
    AssembleWith: 'Line' as const,
    ...(asked.accept !== undefined && { Accept: asked.accept }),
  },
  TransformResources: { InstanceType: asked.instanceType as 'ml.m5.large', InstanceCount: 1 },
})
