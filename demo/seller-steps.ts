import type { Change } from '@aws-sdk/client-marketplace-catalog'
import { algorithmRequest, modelPackageRequest } from '../src/cli/certify-subject.ts'
import { drawnLogo } from '../src/cli/drawn-logo.ts'
import { newListing, publication } from '../src/cli/listing-changes.ts'
import { pushImage } from '../src/cli/push-image.ts'
import type { Clients } from './clients.ts'
import { inferenceData, listingDocument, product, productFile, sold, trainingData } from './product.ts'
import { fact, hold, poll, type Step, type World } from './world.ts'

const bucket = 'iris-trees-seller'
const prefix = `s3://${bucket}`
/** In the bucket, of the product's data and of what its validation leaves. */
const folder = sold.name

const placeOf = (world: World) => ({ role: fact(world, 'seller role'), bucket, suffix: folder })

const trust = (service: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  })

/** Makes a role with AWS's managed policies attached and returns its ARN. */
export async function makeRole(
  { iam }: Clients,
  RoleName: string,
  service: string,
  policies: readonly string[],
): Promise<string> {
  const { Role } = await iam.createRole({ RoleName, AssumeRolePolicyDocument: trust(service) })
  for (const name of policies) await iam.attachRolePolicy({ RoleName, PolicyArn: `arn:aws:iam::aws:policy/${name}` })
  return Role?.Arn as string
}

const prepare: Step = {
  title: 'Seller: roles, a bucket, sample data',
  async run(world) {
    const { iam: _, s3, sts } = world.seller
    const { Account } = await sts.getCallerIdentity({})
    hold(Account === world.seller.id, 'GetCallerIdentity tells another account')
    world.facts.set(
      'seller role',
      await makeRole(world.seller, 'SageMakerRole', 'sagemaker.amazonaws.com', [
        'AmazonSageMakerFullAccess',
        'AmazonS3FullAccess',
      ]),
    )
    const assets = ['AmazonSageMakerReadOnly', 'AmazonS3ReadOnlyAccess', 'AmazonEC2ContainerRegistryReadOnly']
    world.facts.set(
      'assets role',
      await makeRole(world.seller, 'MarketplaceAssets', 'assets.marketplace.amazonaws.com', assets),
    )
    await s3.createBucket({ Bucket: bucket })
    await s3.putObject({
      Bucket: bucket,
      Key: `${folder}/data/training/iris.csv`,
      Body: await trainingData(),
      ContentType: 'text/csv',
    })
    await s3.putObject({
      Bucket: bucket,
      Key: `${folder}/data/inference/iris.csv`,
      Body: await inferenceData(),
      ContentType: 'text/csv',
    })
    await s3.putObject({ Bucket: bucket, Key: 'public/notebook.ipynb', Body: await productFile('notebook.ipynb') })
    const Body = drawnLogo(listingDocument.title)
    await s3.putObject({ Bucket: bucket, Key: 'public/logo.png', Body, ContentType: 'image/png' })
    await publishPrefix(world)
    return `account ${Account}, 150 rows in ${prefix}`
  },
}

/** Anyone may read what listings link to. */
async function publishPrefix({ seller: { s3 } }: World): Promise<void> {
  const open = {
    BlockPublicAcls: false,
    IgnorePublicAcls: false,
    BlockPublicPolicy: false,
    RestrictPublicBuckets: false,
  }
  await s3.putPublicAccessBlock({ Bucket: bucket, PublicAccessBlockConfiguration: open })
  const Statement = [
    { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/public/*` },
  ]
  await s3.putBucketPolicy({ Bucket: bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
}

const push: Step = {
  title: 'Seller: a repository, and the image pushed to it',
  async run(world) {
    const { repository } = await world.seller.ecr.createRepository({ repositoryName: product.Image.Repository })
    const uri = await pushImage(world.engine, world.image, repository?.repositoryUri as string, world.seller)
    world.facts.set('image', uri)
    const { imageDetails } = await world.seller.ecr.describeImages({ repositoryName: product.Image.Repository })
    return `${uri}, ${Math.round((imageDetails?.[0]?.imageSizeInBytes ?? 0) / 1e6)} MB`
  },
}

const certifyAlgorithm: Step = {
  title: 'Seller: the algorithm certified by training and transforming for real',
  async run(world) {
    const { sagemaker, s3 } = world.seller
    const image = fact(world, 'image')
    const request = algorithmRequest(placeOf(world), sold, image, product.AlgorithmName)
    const { AlgorithmArn } = await sagemaker.createAlgorithm(request)
    const { AlgorithmName } = request
    world.facts.set('algorithm', AlgorithmArn as string)
    await poll(
      () => sagemaker.describeAlgorithm({ AlgorithmName }),
      answer => answer.AlgorithmStatus !== 'Pending',
    )
    await world.at('certification')
    const done = await poll(
      () => sagemaker.describeAlgorithm({ AlgorithmName }),
      answer => /Completed|Failed/.test(answer.AlgorithmStatus ?? ''),
    )
    const { ValidationStatuses = [], ImageScanStatuses = [] } = done.AlgorithmStatusDetails ?? {}
    const steps = [...ValidationStatuses, ...ImageScanStatuses]
    const failed = steps.find(({ Status }) => Status !== 'Completed')
    hold(
      done.AlgorithmStatus === 'Completed' && !failed,
      `certification ${done.AlgorithmStatus}: ${failed?.Name}: ${failed?.FailureReason}`,
    )
    hold(ValidationStatuses.length === 2 && ImageScanStatuses.length === 1, 'certification did not run every step')
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket, Prefix: `${folder}/output/` })
    const artifact = Contents.find(({ Key }) => Key?.endsWith('/output/model.tar.gz'))?.Key
    hold(artifact, 'certification left no model.tar.gz')
    hold(
      Contents.some(({ Key }) => Key?.endsWith('.out')),
      'certification left no transform output',
    )
    world.facts.set('artifact', `${prefix}/${artifact}`)
    return steps.map(({ Name, Status }) => `${Name?.split('/').at(-1)} ${Status}`).join(', ')
  },
}

const certifyPackages: Step = {
  title: 'Seller: model packages certified, from the image and from the algorithm',
  async run(world) {
    const { sagemaker } = world.seller
    const artifact = fact(world, 'artifact')
    const fromImage = { image: fact(world, 'image'), artifact }
    const fromAlgorithm = { algorithm: fact(world, 'algorithm'), artifact }
    for (const [name, source] of [
      ['iris-model', fromImage],
      ['iris-model-2', fromAlgorithm],
    ] as const)
      await sagemaker.createModelPackage(modelPackageRequest(placeOf(world), sold, source, name))
    for (const ModelPackageName of ['iris-model', 'iris-model-2']) {
      const done = await poll(
        () => sagemaker.describeModelPackage({ ModelPackageName }),
        answer => /Completed|Failed/.test(answer.ModelPackageStatus ?? ''),
      )
      const failed = done.ModelPackageStatusDetails?.ValidationStatuses?.find(({ Status }) => Status !== 'Completed')
      hold(
        done.ModelPackageStatus === 'Completed' && !failed,
        `${ModelPackageName} ${done.ModelPackageStatus}: ${failed?.FailureReason}`,
      )
    }
    return 'iris-model and iris-model-2 Completed'
  },
}

const Catalog = 'AWSMarketplace'

/** Starts a change set, waits for its end and returns the entities' identifiers by change name. */
async function changeSet({ catalog }: Clients, ChangeSet: Change[]): Promise<Map<string | undefined, string>> {
  const { ChangeSetId } = await catalog.startChangeSet({ Catalog, ChangeSet })
  const ask = () => catalog.describeChangeSet({ Catalog, ChangeSetId: ChangeSetId as string })
  const done = await poll(ask, ({ Status }) => /SUCCEEDED|FAILED|CANCELLED/.test(Status ?? ''))
  const errors = done.ChangeSet?.flatMap(change => change.ErrorDetailList ?? [])
  const told = errors?.map(({ ErrorCode, ErrorMessage }) => `${ErrorCode} ${ErrorMessage}`).join('; ')
  hold(done.Status === 'SUCCEEDED', `change set ${done.Status}: ${done.FailureDescription ?? ''} ${told}`)
  return new Map(
    done.ChangeSet?.map(({ ChangeName, Entity }) => [ChangeName, Entity?.Identifier?.split('@')[0] as string]),
  )
}

const publish: Step = {
  title: 'Seller: listed, with an offer and a price',
  async run(world) {
    const asset = { type: sold.type, arn: fact(world, 'algorithm'), role: fact(world, 'assets role') }
    const at = `${world.server.url}/${bucket}/public`
    const links = { LogoUrl: `${at}/logo.png`, SampleNotebookUrl: `${at}/notebook.ipynb`, RepositoryUrl: at }
    const { changes } = newListing(listingDocument, asset, links, world.seller.id)
    const made = await changeSet(world.seller, [...changes])
    const productId = made.get('product-CreateProduct') as string
    await changeSet(world.seller, publication(productId))
    world.facts.set('product', productId)
    return `${productId}, offer ${made.get('offer-CreateOffer')}, public`
  },
}

const vanish: Step = {
  title: 'Seller: deletes algorithm, packages and repository; the listing holds its own copy',
  async run({ seller: { sagemaker, ecr, s3 } }) {
    await sagemaker.deleteAlgorithm({ AlgorithmName: product.AlgorithmName })
    for (const ModelPackageName of ['iris-model', 'iris-model-2'])
      await sagemaker.deleteModelPackage({ ModelPackageName })
    await ecr.deleteRepository({ repositoryName: product.Image.Repository, force: true })
    const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket, Prefix: `${folder}/output/` })
    await s3.deleteObjects({ Bucket: bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key: Key as string })) } })
    return 'gone'
  },
}

export const sellerSteps: readonly Step[] = [prepare, push, certifyAlgorithm, certifyPackages, publish, vanish]
