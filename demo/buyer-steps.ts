import { waitUntilEndpointInService } from '@aws-sdk/client-sagemaker'
import type { Clients } from './clients.ts'
import { inferenceData, product, trainingData } from './product.ts'
import { makeRole } from './seller-steps.ts'
import { subscribe } from './subscription.ts'
import { fact, hold, poll, refusal, type Step } from './world.ts'

const bucket = 'iris-trees-buyer'
const job = 'my-iris-training'
const endpoint = 'my-iris-endpoint'

const prepare: Step = {
  title: 'Buyer: a role, a bucket, own data',
  async run(world) {
    const { s3 } = world.buyer
    world.facts.set(
      'buyer role',
      await makeRole(world.buyer, 'SageMakerRole', 'sagemaker.amazonaws.com', [
        'AmazonSageMakerFullAccess',
        'AmazonS3FullAccess',
      ]),
    )
    await s3.createBucket({ Bucket: bucket })
    await s3.putObject({ Bucket: bucket, Key: 'train/iris.csv', Body: await trainingData() })
    await s3.putObject({ Bucket: bucket, Key: 'rows/iris.csv', Body: await inferenceData() })
    return `account ${world.buyer.id}`
  },
}

interface Summary {
  readonly listingId: string
  readonly listingName: string
  readonly associatedEntities: readonly { readonly product?: { readonly productId: string } }[]
}

const find: Step = {
  title: 'Buyer: searches, and reads the listing and its offer',
  async run(world) {
    const { discovery } = world.buyer
    const found = await discovery<{ listingSummaries: Summary[] }>('SearchListings', { searchText: 'decision tree' })
    const listing = found.listingSummaries.find(({ listingName }) => listingName === product.Information.ProductTitle)
    hold(listing, 'the search does not find the listing')
    const detail = await discovery<{ longDescription: string }>('GetListing', { listingId: listing.listingId })
    hold(detail.longDescription === product.Information.LongDescription, 'the listing is not as the seller wrote it')
    const filters = [{ filterType: 'PRODUCT_ID', filterValues: [fact(world, 'product')] }]
    const options = await discovery<{ purchaseOptions: { purchaseOptionId: string }[] }>('ListPurchaseOptions', {
      filters,
    })
    hold(options.purchaseOptions.length === 1, 'there is no offer')
    world.facts.set('offer', options.purchaseOptions[0]?.purchaseOptionId as string)
    return `"${listing.listingName}", ${options.purchaseOptions.length} offer`
  },
}

/** A training job by the product; refused or not. */
const train = ({ sagemaker }: Clients, AlgorithmName: string, RoleArn: string) =>
  sagemaker.createTrainingJob({
    TrainingJobName: job,
    AlgorithmSpecification: { AlgorithmName, TrainingInputMode: 'File' },
    RoleArn,
    HyperParameters: { max_leaf_nodes: '4' },
    InputDataConfig: [
      {
        ChannelName: 'training',
        ContentType: 'text/csv',
        DataSource: {
          S3DataSource: {
            S3DataType: 'S3Prefix',
            S3Uri: `s3://${bucket}/train/`,
            S3DataDistributionType: 'FullyReplicated',
          },
        },
      },
    ],
    OutputDataConfig: { S3OutputPath: `s3://${bucket}/models` },
    ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 5 },
    StoppingCondition: { MaxRuntimeInSeconds: 600 },
    EnableNetworkIsolation: true,
  })

const subscribeToProduct: Step = {
  title: 'Buyer: subscribes; another account, without a subscription, is refused',
  async run(world) {
    const subscription = await subscribe(world.buyer, fact(world, 'offer'))
    world.facts.set('agreement', subscription.agreement)
    world.facts.set('product arn', subscription.product)
    const role = await makeRole(world.visitor, 'SageMakerRole', 'sagemaker.amazonaws.com', [
      'AmazonSageMakerFullAccess',
    ])
    const refused = await refusal(train(world.visitor, subscription.product, role))
    hold(/not subscribed/.test(refused.message), `refused in other words: ${refused.message}`)
    return `${subscription.agreement}; the other is told: ${refused.name}: ${refused.message}`
  },
}

const runTraining: Step = {
  title: 'Buyer: trains with the product',
  async run(world) {
    const { sagemaker } = world.buyer
    await train(world.buyer, fact(world, 'product arn'), fact(world, 'buyer role'))
    const ask = () => sagemaker.describeTrainingJob({ TrainingJobName: job })
    await poll(ask, ({ SecondaryStatus }) => SecondaryStatus !== 'Starting')
    await world.at('training')
    const done = await poll(ask, ({ TrainingJobStatus }) => /Completed|Failed|Stopped/.test(TrainingJobStatus ?? ''))
    hold(done.TrainingJobStatus === 'Completed', `training ${done.TrainingJobStatus}: ${done.FailureReason}`)
    const accuracy = done.FinalMetricDataList?.find(({ MetricName }) => MetricName === 'validation-accuracy')?.Value
    hold(accuracy !== undefined && accuracy > 0.8, `validation-accuracy is ${accuracy}`)
    world.facts.set('model', done.ModelArtifacts?.S3ModelArtifacts as string)
    return `validation-accuracy ${accuracy.toFixed(4)}, ${done.BillableTimeInSeconds} s billable`
  },
}

const deploy: Step = {
  title: 'Buyer: deploys to an endpoint',
  async run(world) {
    const { sagemaker } = world.buyer
    const SourceAlgorithms = [{ AlgorithmName: fact(world, 'product arn'), ModelDataUrl: fact(world, 'model') }]
    const name = { ModelPackageName: 'my-iris' }
    await sagemaker.createModelPackage({ ...name, SourceAlgorithmSpecification: { SourceAlgorithms } })
    const made = await poll(
      () => sagemaker.describeModelPackage(name),
      ({ ModelPackageStatus }) => /Completed|Failed/.test(ModelPackageStatus ?? ''),
    )
    hold(made.ModelPackageStatus === 'Completed', 'the model package failed')
    const model = { ModelName: 'my-iris', PrimaryContainer: name, ExecutionRoleArn: fact(world, 'buyer role') }
    const refused = await refusal(sagemaker.createModel(model))
    hold(/EnableNetworkIsolation must be true/.test(refused.message), `refused in other words: ${refused.message}`)
    await sagemaker.createModel({ ...model, EnableNetworkIsolation: true })
    const variant = {
      VariantName: 'AllTraffic',
      ModelName: 'my-iris',
      InstanceType: 'ml.m5.large',
      InitialInstanceCount: 1,
    } as const
    await sagemaker.createEndpointConfig({ EndpointConfigName: endpoint, ProductionVariants: [variant] })
    await sagemaker.createEndpoint({ EndpointName: endpoint, EndpointConfigName: endpoint })
    await world.at('endpoint')
    const { state } = await waitUntilEndpointInService(
      { client: sagemaker, maxWaitTime: 300, minDelay: 1, maxDelay: 1 },
      { EndpointName: endpoint },
    )
    hold(state === 'SUCCESS', `the endpoint is ${state}`)
    return 'InService'
  },
}

const samples = '5.1,3.5,1.4,0.2\n5.9,3.0,4.2,1.5\n6.3,3.3,6.0,2.5\n'

const invoke: Step = {
  title: 'Buyer: asks the endpoint',
  async run(world) {
    await world.at('idle')
    const ask = () =>
      world.buyer.runtime.invokeEndpoint({
        EndpointName: endpoint,
        ContentType: 'text/csv',
        Accept: 'text/csv',
        Body: Buffer.from(samples),
      })
    const answer = await poll(
      () => ask().catch((error: Error) => error),
      outcome => !(outcome instanceof Error),
    )
    hold(!(answer instanceof Error), 'no answer')
    const labels = Buffer.from(answer.Body ?? [])
      .toString()
      .trim()
      .split('\n')
    hold(labels.join() === 'setosa,versicolor,virginica', `the endpoint answers ${labels.join()}`)
    world.facts.set('predictions', labels.join(', '))
    return `${samples.trim().split('\n').join(' | ')} → ${labels.join(', ')}`
  },
}

const transform: Step = {
  title: 'Buyer: transforms a whole file',
  async run(world) {
    const { sagemaker, s3 } = world.buyer
    const TransformJobName = 'my-iris-transform'
    const S3Uri = `s3://${bucket}/rows/`
    await sagemaker.createTransformJob({
      TransformJobName,
      ModelName: 'my-iris',
      BatchStrategy: 'MultiRecord',
      TransformInput: {
        ContentType: 'text/csv',
        SplitType: 'Line',
        DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri } },
      },
      TransformOutput: { S3OutputPath: `s3://${bucket}/labels`, Accept: 'text/csv', AssembleWith: 'Line' },
      TransformResources: { InstanceType: 'ml.m5.large', InstanceCount: 1 },
    })
    await world.at('transform')
    const ask = () => sagemaker.describeTransformJob({ TransformJobName })
    const done = await poll(ask, ({ TransformJobStatus }) => /Completed|Failed|Stopped/.test(TransformJobStatus ?? ''))
    hold(done.TransformJobStatus === 'Completed', `transform ${done.TransformJobStatus}: ${done.FailureReason}`)
    const { Body } = await s3.getObject({ Bucket: bucket, Key: 'labels/iris.csv.out' })
    const labels = (await Body?.transformToString())?.trim().split('\n') ?? []
    const rows = (await inferenceData()).toString().trim().split('\n').length
    hold(labels.length === rows, `${rows} rows came out as ${labels.length} labels`)
    return `${rows} rows, ${new Set(labels).size} species`
  },
}

const readLogs: Step = {
  title: 'Buyer: reads the container’s log',
  async run({ buyer: { logs } }) {
    const logGroupName = '/aws/sagemaker/TrainingJobs'
    const { logStreams = [] } = await logs.describeLogStreams({ logGroupName, logStreamNamePrefix: `${job}/` })
    const logStreamName = logStreams[0]?.logStreamName as string
    const { events = [] } = await logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true })
    const line = events.find(({ message }) => message?.includes('validation-accuracy='))?.message
    hold(line, 'the log does not hold the accuracy')
    hold(events.filter(({ message }) => message === line).length === 1, 'a line stands twice in the log')
    return `${events.length} lines, "${line}"`
  },
}

/** What the agreement has cost so far. */
export const charges: Step = {
  title: 'Buyer: sees what it cost',
  async run(world) {
    const agreementId = fact(world, 'agreement')
    const { items = [] } = await poll(
      () => world.buyer.agreement.listAgreementCharges({ agreementId }),
      answer => (answer.items?.length ?? 0) > 0,
    )
    hold(items.length > 0, 'there are no charges')
    return items.map(item => `${item.amount} ${item.currencyCode}`).join(', ')
  },
}

/** Removes an endpoint, its configuration and its model, and waits until no container is left. */
export const removeEndpoint = (EndpointName: string, ModelName = EndpointName): Step => ({
  title: 'Buyer: removes everything',
  async run({ server, buyer: { sagemaker } }) {
    await sagemaker.deleteEndpoint({ EndpointName })
    const gone = await poll(
      () => sagemaker.describeEndpoint({ EndpointName }).catch((error: Error) => error),
      answer => answer instanceof Error,
    )
    hold(gone instanceof Error && /Could not find endpoint/.test(gone.message), `the endpoint is not gone: ${gone}`)
    await sagemaker.deleteEndpointConfig({ EndpointConfigName: EndpointName })
    await sagemaker.deleteModel({ ModelName })
    const { ModelPackageSummaryList = [] } = await sagemaker.listModelPackages({ NameContains: ModelName })
    for (const { ModelPackageName } of ModelPackageSummaryList) await sagemaker.deleteModelPackage({ ModelPackageName })
    const health = async () => (await (await fetch(`${server.url}/healthz`)).json()) as { containers: number }
    await poll(health, ({ containers }) => containers === 0)
    return 'gone, and no container is left'
  },
})

export const buyerSteps: readonly Step[] = [
  prepare,
  find,
  subscribeToProduct,
  runTraining,
  deploy,
  invoke,
  transform,
  readLogs,
  charges,
  removeEndpoint(endpoint, 'my-iris'),
]
