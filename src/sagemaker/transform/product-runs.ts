import { clock } from '../../ground/clock.ts'
import { ValidationException } from '../../ground/errors.ts'
import type { Platform } from '../../service/context.ts'
import type { ProductRunRequest, ProductRuns } from '../../service/product-run.ts'
import { joinS3Uri, parseS3Uri } from '../../workload/s3-uri.ts'
import { containersOf, modelPackages } from '../product/model-package.ts'
import { serviceContext } from '../service-context.ts'
import type { ModelRow } from '../serving/model.ts'
import { outputName } from './output-name.ts'
import { insertTransformJob, newTransformJob, transformJobs } from './transform-job.ts'

/**
 * Products that are evaluated, as transform jobs of whoever evaluates them. The account has no model of the product: nothing else can be
 * made of it.
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
  async stop(arn) {
    await platform.store.transaction(async tx => {
      const job = await transformJobs.get(tx, arn)
      if (job?.status !== 'InProgress') return
      await transformJobs.update(tx, arn, { status: 'Stopping' })
      await tx.enqueue(transformJobs.kind, arn)
    })
  },
})

/** Never stored: the job has its containers from here. */
async function modelFor({ store }: Platform, asked: ProductRunRequest): Promise<ModelRow> {
  const { account, region, name, productArn, role: executionRole } = asked
  const row = await modelPackages.get(store, productArn)
  if (!row) throw new ValidationException(`${productArn} cannot be evaluated: it is no model package.`)
  const now = clock.now()
  const identity = { arn: productArn, account, region, name, parent: '', status: '', created: now, modified: now }
  return { ...identity, containers: containersOf(row), executionRole, isolated: true, invocation: 'Serial' }
}

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
