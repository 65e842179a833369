import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type CreateTrainingJobCommandInput, waitUntilEndpointInService } from '@aws-sdk/client-sagemaker'
import { charges, removeEndpoint } from './buyer-steps.ts'
import { makeRole } from './seller-steps.ts'
import { subscribe } from './subscription.ts'
import { fact, hold, poll, type Step, type World } from './world.ts'

const program = fileURLToPath(new URL('../bin/modelmart.mjs', import.meta.url))
const instance = 'ml.m5.large'
const isEnd = (status = '') => /Completed|Failed|Stopped/.test(status)

/**
 * The story of any product in `examples/`, told from its folder alone: the seller lists it by one command, the buyer uses it with its own
 * sample data, the settings of its validation profile and its sample request.
 */
export async function stepsOf(name: string): Promise<readonly Step[]> {
  const folder = new URL(`../examples/${name}/`, import.meta.url)
  const text = await readFile(new URL('product.json', folder), 'utf8').catch(() => {
    throw new Error(`There is no product ${name} in examples/.`)
  })
  const product = JSON.parse(text)
  const bucket = `${name}-buyer`
  const { TrainingJobDefinition: training, TransformJobDefinition: batch } =
    product.ValidationSpecification.ValidationProfiles[0]
  const isAlgorithm = product.ProductType === 'Algorithm'
  const mine = (source: { DataSource: { S3DataSource: { S3Uri: string } } }) => {
    const { S3DataSource } = source.DataSource
    return {
      ...source,
      DataSource: { S3DataSource: { ...S3DataSource, S3Uri: `s3://${bucket}/${S3DataSource.S3Uri}` } },
    }
  }

  const sell: Step = {
    title: 'Seller: builds, certifies by running it for real, and lists, by one command',
    async run(world) {
      const words = ['list', fileURLToPath(folder), '--account', 'seller', '--data', world.server.data]
      const env = { ...process.env, DOCKER_HOST: socketOf(world) }
      const { stdout } = await promisify(execFile)(process.execPath, [program, ...words], { env })
      const id = /(prod-\w+) is public/.exec(stdout)?.[1]
      hold(id, `it was not listed: ${stdout}`)
      world.facts.set('product', id)
      return `${id}, public`
    },
  }

  const prepare: Step = {
    title: 'Buyer: a role, a bucket, own data',
    async run(world) {
      const policies = ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess']
      const { s3 } = world.buyer
      world.facts.set('buyer role', await makeRole(world.buyer, 'SageMakerRole', 'sagemaker.amazonaws.com', policies))
      await s3.createBucket({ Bucket: bucket })
      const data = fileURLToPath(new URL('data/', folder))
      const files = (await readdir(data, { recursive: true, withFileTypes: true })).filter(file => file.isFile())
      for (const file of files) {
        const path = `${file.parentPath}/${file.name}`
        await s3.putObject({ Bucket: bucket, Key: `data/${path.slice(data.length)}`, Body: await readFile(path) })
      }
      return `${files.length} files in s3://${bucket}`
    },
  }

  const buy: Step = {
    title: 'Buyer: finds it, and subscribes',
    async run(world) {
      const filters = [{ filterType: 'PRODUCT_ID', filterValues: [fact(world, 'product')] }]
      const options = await world.buyer.discovery<{ purchaseOptions: { purchaseOptionId: string }[] }>(
        'ListPurchaseOptions',
        { filters },
      )
      const subscription = await subscribe(world.buyer, options.purchaseOptions[0]?.purchaseOptionId as string)
      world.facts.set('agreement', subscription.agreement)
      world.facts.set('product arn', subscription.product)
      return subscription.agreement
    },
  }

  const train: Step = {
    title: 'Buyer: trains with the product',
    async run(world) {
      const { sagemaker } = world.buyer
      await sagemaker.createTrainingJob({
        TrainingJobName: name,
        AlgorithmSpecification: {
          AlgorithmName: fact(world, 'product arn'),
          TrainingInputMode: training.TrainingInputMode,
        },
        RoleArn: fact(world, 'buyer role'),
        HyperParameters: training.HyperParameters,
        InputDataConfig: training.InputDataConfig.map(mine),
        OutputDataConfig: { S3OutputPath: `s3://${bucket}/models` },
        ResourceConfig: training.ResourceConfig,
        StoppingCondition: training.StoppingCondition,
        EnableNetworkIsolation: true,
      } satisfies CreateTrainingJobCommandInput)
      const done = await poll(
        () => sagemaker.describeTrainingJob({ TrainingJobName: name }),
        ({ TrainingJobStatus }) => isEnd(TrainingJobStatus),
      )
      hold(done.TrainingJobStatus === 'Completed', `training ${done.TrainingJobStatus}: ${done.FailureReason}`)
      world.facts.set('model', done.ModelArtifacts?.S3ModelArtifacts as string)
      const metrics = done.FinalMetricDataList ?? []
      return `${metrics.map(({ MetricName, Value }) => `${MetricName} ${Value?.toFixed(4)}`).join(', ')}, ${done.BillableTimeInSeconds} s billable`
    },
  }

  const deploy: Step = {
    title: 'Buyer: deploys to an endpoint',
    async run(world) {
      const { sagemaker } = world.buyer
      const ModelPackageName = isAlgorithm ? await packageOf(world, name) : fact(world, 'product arn')
      await sagemaker.createModel({
        ...{ ModelName: name, PrimaryContainer: { ModelPackageName }, ExecutionRoleArn: fact(world, 'buyer role') },
        EnableNetworkIsolation: true,
      })
      const variant = {
        VariantName: 'AllTraffic',
        ModelName: name,
        InstanceType: instance,
        InitialInstanceCount: 1,
      } as const
      await sagemaker.createEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant] })
      await sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: name })
      const waits = { client: sagemaker, maxWaitTime: 300, minDelay: 1, maxDelay: 1 }
      const { state } = await waitUntilEndpointInService(waits, { EndpointName: name })
      hold(state === 'SUCCESS', `the endpoint is ${state}`)
      return 'InService'
    },
  }

  const ask: Step = {
    title: 'Buyer: asks the endpoint',
    async run(world) {
      const sample = product.Delivery.InputProperties.SampleInput.RealtimeInferenceText as string
      const answer = await world.buyer.runtime.invokeEndpoint({
        ...{ EndpointName: name, Body: sample },
        ...{ ContentType: batch.TransformInput.ContentType, Accept: batch.TransformOutput.Accept },
      })
      const told = Buffer.from(answer.Body ?? []).toString()
      hold(told.length > 0, 'the answer is empty')
      world.facts.set('predictions', inOneLine(told))
      return `${inOneLine(sample)} → ${inOneLine(told)}`
    },
  }

  const transform: Step = {
    title: 'Buyer: transforms whole files',
    async run(world) {
      const { sagemaker, s3 } = world.buyer
      await sagemaker.createTransformJob({
        ...{ TransformJobName: name, ModelName: name, BatchStrategy: batch.BatchStrategy },
        TransformInput: mine(batch.TransformInput) as typeof batch.TransformInput,
        TransformOutput: { ...batch.TransformOutput, S3OutputPath: `s3://${bucket}/answers` },
        TransformResources: batch.TransformResources,
      })
      const done = await poll(
        () => sagemaker.describeTransformJob({ TransformJobName: name }),
        ({ TransformJobStatus }) => isEnd(TransformJobStatus),
      )
      hold(done.TransformJobStatus === 'Completed', `transform ${done.TransformJobStatus}: ${done.FailureReason}`)
      const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket, Prefix: 'answers/' })
      hold(Contents.length > 0, 'there is no answer')
      return Contents.map(({ Key, Size }) => `${Key}, ${Size} bytes`).join('; ')
    },
  }

  return [sell, prepare, buy, ...(isAlgorithm ? [train] : []), deploy, ask, transform, charges, removeEndpoint(name)]
}

/** A package of what the buyer has trained with the algorithm. */
async function packageOf(world: World, ModelPackageName: string): Promise<string> {
  const { sagemaker } = world.buyer
  const SourceAlgorithms = [{ AlgorithmName: fact(world, 'product arn'), ModelDataUrl: fact(world, 'model') }]
  await sagemaker.createModelPackage({ ModelPackageName, SourceAlgorithmSpecification: { SourceAlgorithms } })
  const made = await poll(
    () => sagemaker.describeModelPackage({ ModelPackageName }),
    ({ ModelPackageStatus }) => isEnd(ModelPackageStatus),
  )
  hold(made.ModelPackageStatus === 'Completed', 'the model package failed')
  return ModelPackageName
}

const socketOf = ({ engine: { socket } }: World) => (socket.startsWith('unix://') ? socket : `unix://${socket}`)
const inOneLine = (text: string) => text.trim().split('\n').slice(0, 3).join(' | ').slice(0, 160)
