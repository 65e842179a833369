import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { product as example } from '../../demo/product.ts'
import { putLogo } from '../../demo/put-logo.ts'
import { makeRole } from '../../demo/seller-steps.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { must } from '../../setup/command.mjs'
// @ts-expect-error as above
import { engineCommand } from '../../setup/engine.mjs'
import { pushImage } from '../../src/cli/push-image.ts'
import type { PresentEngine } from './engines.ts'
import { instanceType as instance } from './jobs.ts'
import type { Party } from './party.ts'
import { until } from './until.ts'

const Catalog = 'AWSMarketplace'

/** What a seller has made and nobody else may see. */
export interface Secrets {
  readonly image: string
  readonly artifact: string
  /** Words that stand in the image, in the artifact, in the inference container's environment. */
  readonly words: { readonly image: string; readonly artifact: string; readonly environment: string }
}

/** Pushes an image with a file that no other image has, and uploads an artifact with one. */
export async function makeSecrets(engine: PresentEngine, seller: Party, base: string): Promise<Secrets> {
  const word = (what: string) => `secret-${what}-${randomBytes(8).toString('hex')}`
  const words = { image: word('image'), artifact: word('artifact'), environment: word('environment') }
  const image = await imageWith(engine, seller, base, words.image)
  const artifact = `s3://${seller.bucket}/weights/model.tar.gz`
  const Body = gzipSync(
    await packTar([{ header: { name: 'weights.bin', size: words.artifact.length }, body: words.artifact }]),
  )
  await seller.s3.putObject({ Bucket: seller.bucket, Key: 'weights/model.tar.gz', Body })
  return { image, artifact, words }
}

async function imageWith(engine: PresentEngine, seller: Party, base: string, word: string): Promise<string> {
  const run = async (...words: string[]): Promise<string> => (await must(...engineCommand(engine, words))).stdout.trim()
  const directory = await mkdtemp(join(tmpdir(), 'modelmart-secret-'))
  const container = await run('create', base, 'true')
  const reference = `${engine.engine === 'podman' ? 'localhost/' : ''}modelmart-${word}:1`
  try {
    await writeFile(join(directory, 'word.txt'), word)
    await run('cp', join(directory, 'word.txt'), `${container}:/opt/word.txt`)
    await run('commit', container, reference)
    const { repository } = await seller.ecr.createRepository({ repositoryName: 'secret' })
    return await pushImage(engine, reference, repository?.repositoryUri as string, seller)
  } finally {
    await run('rm', container)
    await run('rmi', reference)
    await rm(directory, { recursive: true })
  }
}

const transformDefinition = (seller: Party) => ({
  TransformInput: {
    SplitType: 'Line' as const,
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix' as const, S3Uri: `s3://${seller.bucket}/in/` } },
  },
  TransformOutput: { S3OutputPath: `s3://${seller.bucket}/validation` },
  TransformResources: { InstanceType: instance, InstanceCount: 1 },
})

const inference = (container: object) => ({
  Containers: [container],
  SupportedTransformInstanceTypes: [instance],
  SupportedRealtimeInferenceInstanceTypes: [instance],
  SupportedContentTypes: ['text/plain'],
  SupportedResponseMIMETypes: ['text/plain'],
})

/** Certifies an algorithm of the image, with `mode` and `message` as hyperparameters, and returns its ARN. */
export async function certifyAlgorithm(seller: Party, { image, words }: Secrets): Promise<string> {
  const parameter = (Name: string) => ({ Name, Type: 'FreeText' as const, IsRequired: false })
  const AlgorithmName = 'trainer'
  const { AlgorithmArn } = await seller.sagemaker.createAlgorithm({
    AlgorithmName,
    TrainingSpecification: {
      TrainingImage: image,
      SupportedHyperParameters: [parameter('mode'), parameter('message')],
      SupportedTrainingInstanceTypes: [instance],
      TrainingChannels: [
        {
          Name: 'training',
          IsRequired: false,
          SupportedContentTypes: ['text/csv'],
          SupportedInputModes: ['File'],
        },
      ],
    },
    InferenceSpecification: inference({ Image: image, Environment: { API_WORD: words.environment } }) as never,
    ValidationSpecification: {
      ValidationRole: seller.role,
      ValidationProfiles: [
        {
          ProfileName: 'profile',
          TrainingJobDefinition: {
            TrainingInputMode: 'File',
            InputDataConfig: [
              {
                ChannelName: 'training',
                ContentType: 'text/csv',
                DataSource: {
                  S3DataSource: {
                    S3DataType: 'S3Prefix',
                    S3Uri: `s3://${seller.bucket}/in/`,
                    S3DataDistributionType: 'FullyReplicated',
                  },
                },
              },
            ],
            OutputDataConfig: { S3OutputPath: `s3://${seller.bucket}/validation` },
            ResourceConfig: { InstanceType: instance, InstanceCount: 1, VolumeSizeInGB: 1 },
            StoppingCondition: { MaxRuntimeInSeconds: 300 },
          },
        },
      ],
    },
    CertifyForMarketplace: true,
  })
  const { AlgorithmStatus, AlgorithmStatusDetails } = await until(
    'the algorithm is certified',
    () => seller.sagemaker.describeAlgorithm({ AlgorithmName }),
    answer => /Completed|Failed/.test(answer.AlgorithmStatus ?? ''),
  )
  if (AlgorithmStatus !== 'Completed') throw new Error(JSON.stringify(AlgorithmStatusDetails))
  return AlgorithmArn as string
}

/** Certifies a model package of the image and the artifact and returns its ARN; the probe's mode is in its environment. */
export async function certifyModelPackage(
  seller: Party,
  { image, artifact, words }: Secrets,
  ModelPackageName = 'server',
  mode = 'echo',
): Promise<string> {
  const Environment = { API_WORD: words.environment, PROBE_MODE: mode }
  const container = { Image: image, ModelDataUrl: artifact, Environment }
  const { ModelPackageArn } = await seller.sagemaker.createModelPackage({
    ModelPackageName,
    ModelPackageDescription: 'Says what it is told.',
    InferenceSpecification: inference(container) as never,
    ValidationSpecification: {
      ValidationRole: seller.role,
      ValidationProfiles: [{ ProfileName: 'profile', TransformJobDefinition: transformDefinition(seller) }],
    },
    MetadataProperties: { Repository: artifact },
    SamplePayloadUrl: `s3://${seller.bucket}/weights/sample.tar.gz`,
    CertifyForMarketplace: true,
  })
  const { ModelPackageStatus, ModelPackageStatusDetails } = await until(
    'the model package is certified',
    () => seller.sagemaker.describeModelPackage({ ModelPackageName }),
    answer => /Completed|Failed/.test(answer.ModelPackageStatus ?? ''),
  )
  if (ModelPackageStatus !== 'Completed') throw new Error(JSON.stringify(ModelPackageStatusDetails))
  return ModelPackageArn as string
}

export interface Shop {
  readonly product: string
  readonly offer: string
}

/** Lists a certified resource for everyone, each dimension at a dollar; real-time inference by the request when that has a price. */
export async function publish(seller: Party, sourceArn: string, title: string, request?: string): Promise<Shop> {
  const algorithm = sourceArn.includes(':algorithm/')
  const readers = ['AmazonSageMakerReadOnly', 'AmazonS3ReadOnlyAccess', 'AmazonEC2ContainerRegistryReadOnly']
  const AccessRoleArn = await makeRole(seller, `Assets-${title}`, 'assets.marketplace.amazonaws.com', readers)
  const { InputProperties, OutputProperties } = example.Delivery
  const serving = { BatchTransform: instance, RealtimeInference: instance }
  const details = {
    ...(algorithm ? { SageMakerAlgorithmArn: sourceArn } : { SageMakerModelPackageArn: sourceArn }),
    AccessRoleArn,
    UsageInstructions: 'Ask it.',
    SampleNotebookUrl: 'https://example.com/notebook.ipynb',
    RepositoryUrl: 'https://example.com/repository',
    ...{ InputProperties, OutputProperties },
    RecommendedInstanceTypes: algorithm ? { Training: instance, ...serving } : serving,
  }
  const option = `SageMaker${algorithm ? 'Algorithm' : 'ModelPackage'}DeliveryOptionDetails`
  const hourly = [...(request ? [] : ['m.i.r']), 'm.i.b', ...(algorithm ? ['a.t'] : [])]
  const RateCard = [
    ...hourly.map(use => ({ DimensionKey: `${instance}.${use}`, Price: '1' })),
    ...(request ? [{ DimensionKey: 'm.i.c', Price: request }] : []),
  ]
  const Terms = [{ Type: 'UsageBasedPricingTerm', CurrencyCode: 'USD', RateCards: [{ RateCard }] }]
  // What a listing shows lies in a bucket of its own, whose name everybody may read.
  const LogoUrl = await putLogo(seller, `listed-${seller.id}`, title)
  const made = await change(seller, [
    ['CreateProduct', 'product', { ProductTitle: title }],
    ['UpdateInformation', 'product', { ...example.Information, ProductTitle: title, LogoUrl }],
    [
      'AddDeliveryOptions',
      'product',
      { Version: example.Version, DeliveryOptions: [{ Details: { [option]: details } }] },
    ],
    ['UpdateTargeting', 'product', { PositiveTargeting: { BuyerAccounts: [seller.id] } }],
    ['ReleaseProduct', 'product', {}],
    ['CreateOffer', 'offer', { ProductId: '$product.Entity.Identifier' }],
    ['UpdateInformation', 'offer', { Name: 'By the hour', Description: 'By the hour' }],
    ['UpdatePricingTerms', 'offer', { PricingModel: 'Usage', Terms }],
    ['UpdateLegalTerms', 'offer', example.Offer.LegalTerms],
    ['UpdateSupportTerms', 'offer', example.Offer.SupportTerms],
    ['ReleaseOffer', 'offer', {}],
  ])
  const product = made.get('product') as string
  await change(seller, [['UpdateVisibility', 'product', { TargetVisibility: 'Public' }]], product)
  return { product, offer: made.get('offer') as string }
}

type Change = readonly [type: string, of: 'product' | 'offer', details: object]
const types = { product: 'MachineLearningProduct@1.0', offer: 'Offer@1.0' }

/** Makes changes of a new product and offer, or of the entity named, and waits. Throws with every error when they fail. */
export async function change(
  { catalog }: Party,
  changes: readonly Change[],
  id?: string,
): Promise<Map<string | undefined, string>> {
  const ChangeSet = changes.map(([ChangeType, of, details]) => {
    const creates = ChangeType.startsWith('Create')
    const Identifier = id ?? `$${of}.Entity.Identifier`
    return {
      ChangeType,
      ...(creates && { ChangeName: of }),
      Entity: { Type: types[of], ...(!creates && { Identifier }) },
      Details: JSON.stringify(details),
    }
  })
  const { ChangeSetId = '' } = await catalog.startChangeSet({ Catalog, ChangeSet })
  const done = await until(
    'the change set ends',
    () => catalog.describeChangeSet({ Catalog, ChangeSetId }),
    ({ Status }) => /SUCCEEDED|FAILED|CANCELLED/.test(Status ?? ''),
  )
  const errors = done.ChangeSet?.flatMap(({ ErrorDetailList }) => ErrorDetailList ?? [])
  if (done.Status !== 'SUCCEEDED') throw new Error(`the change set ${done.Status}: ${JSON.stringify(errors)}`)
  return new Map(
    done.ChangeSet?.map(({ ChangeName, Entity }) => [ChangeName, Entity?.Identifier?.split('@')[0] as string]),
  )
}

export interface Subscription {
  readonly agreement: string
  /** What SageMaker takes as AlgorithmName or ModelPackageName. */
  readonly arn: string
}

/** Accepts an offer with all its terms. */
export async function subscribe(
  { agreement, discovery, subscribedVersions }: Party,
  offerId: string,
): Promise<Subscription> {
  const { offerTerms } = await discovery<{ offerTerms: Record<string, { id?: string }>[] }>('GetOfferTerms', {
    offerId,
  })
  const offer = await discovery<{ agreementProposalId: string }>('GetOffer', { offerId })
  const ids = offerTerms.flatMap(term => Object.values(term).flatMap(({ id }) => id ?? []))
  const { agreementRequestId } = await agreement.createAgreementRequest({
    intent: 'NEW',
    agreementProposalIdentifier: offer.agreementProposalId,
    requestedTerms: ids.map(id => ({ id })),
  })
  const { agreementId } = await agreement.acceptAgreementRequest({ agreementRequestId })
  const { versions } = await subscribedVersions(agreementId as string)
  return { agreement: agreementId as string, arn: versions[0]?.arn as string }
}
