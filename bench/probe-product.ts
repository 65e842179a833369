import {
  type InferenceSpecification,
  type TransformJobDefinition,
  waitUntilEndpointInService,
} from '@aws-sdk/client-sagemaker'
import { product as example } from '../demo/product.ts'
import { putLogo } from '../demo/put-logo.ts'
import { makeRole } from '../demo/seller-steps.ts'
import { subscribe } from '../demo/subscription.ts'
import { hold, poll } from '../demo/world.ts'
import type { EngineClient } from '../src/driver/engine-client.ts'
import type { Actor, Seller } from './actor.ts'
import { containerAddress } from './engine-container.ts'

/** The buyer's model of the product, and an endpoint that serves it. */
export interface Probe {
  readonly endpointName: string
  readonly modelName: string
  /** `HOST:8080` of the endpoint's container, as this machine reaches it. */
  readonly address: string
  remove(): Promise<void>
}

export const instanceType = 'ml.m5.large'
const name = 'probe'
const Catalog = 'AWSMarketplace'

/** What the probe is said to do, for algorithms and model packages. */
export const inference = (Image: string): InferenceSpecification => ({
  Containers: [{ Image }],
  SupportedTransformInstanceTypes: [instanceType],
  SupportedRealtimeInferenceInstanceTypes: [instanceType],
  SupportedContentTypes: ['text/csv'],
  SupportedResponseMIMETypes: ['text/csv'],
})

/** The seller's validation transform: one small object through the model. */
export const transformDefinition = (bucket: string): TransformJobDefinition => ({
  TransformInput: {
    ContentType: 'text/csv',
    DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: `s3://${bucket}/input/` } },
  },
  TransformOutput: { S3OutputPath: `s3://${bucket}/output` },
  TransformResources: { InstanceType: instanceType, InstanceCount: 1 },
})

/** Certifies, lists, buys and deploys the probe: the whole way that makes an invocation a metered one. */
export async function subscribeToProbe(seller: Seller, buyer: Actor, engine: EngineClient): Promise<Probe> {
  const offerId = await publish(seller, await certify(seller))
  const { product } = await subscribe(buyer.clients, offerId)
  return deploy(buyer, product, engine)
}

async function certify({ clients: { s3, sagemaker }, bucket, role, image }: Seller): Promise<string> {
  await s3.putObject({ Bucket: bucket, Key: 'input/one.csv', Body: '5.1,3.5,1.4,0.2\n' })
  const { ModelPackageArn } = await sagemaker.createModelPackage({
    ModelPackageName: name,
    InferenceSpecification: inference(image),
    ValidationSpecification: {
      ValidationRole: role,
      ValidationProfiles: [{ ProfileName: name, TransformJobDefinition: transformDefinition(bucket) }],
    },
    CertifyForMarketplace: true,
  })
  const { ModelPackageStatus: status, ModelPackageStatusDetails: details } = await poll(
    () => sagemaker.describeModelPackage({ ModelPackageName: name }),
    ({ ModelPackageStatus }) => /Completed|Failed/.test(ModelPackageStatus ?? ''),
  )
  hold(status === 'Completed', `the probe's certification ${status}: ${JSON.stringify(details)}`)
  return ModelPackageArn as string
}

/** Lists the model package for everyone and returns the offer's identifier. */
async function publish({ clients, bucket }: Seller, packageArn: string): Promise<string> {
  const services = 'assets.marketplace.amazonaws.com'
  const readers = ['AmazonSageMakerReadOnly', 'AmazonS3ReadOnlyAccess', 'AmazonEC2ContainerRegistryReadOnly']
  const {
    UsageInstructionsFile: _,
    SampleNotebookFile: __,
    RecommendedInstanceTypes: types,
    ...texts
  } = example.Delivery
  const { Training: ___, ...recommended } = types
  const details = {
    SageMakerModelPackageArn: packageArn,
    AccessRoleArn: await makeRole(clients, 'MarketplaceAssets', services, readers),
    UsageInstructions: 'Send a body and get it back.',
    SampleNotebookUrl: 'https://example.com/probe.ipynb',
    RepositoryUrl: 'https://example.com/probe',
    RecommendedInstanceTypes: recommended,
    ...texts,
  }
  const rates = ['inference.count.m.i.c', 'ml.m5.large.m.i.b']
  const RateCards = [{ RateCard: rates.map(DimensionKey => ({ DimensionKey, Price: '0.01' })) }]
  const Terms = [{ Type: 'UsageBasedPricingTerm', CurrencyCode: 'USD', RateCards }]
  const LogoUrl = await putLogo(clients, bucket, 'Probe')
  const information = { ...example.Information, ProductTitle: 'Probe', LogoUrl }
  const DeliveryOptions = [{ Details: { SageMakerModelPackageDeliveryOptionDetails: details } }]
  const made = await change({ clients }, [
    ['CreateProduct', 'product', { ProductTitle: 'Probe' }],
    ['UpdateInformation', 'product', information],
    ['AddDeliveryOptions', 'product', { Version: example.Version, DeliveryOptions }],
    ['UpdateTargeting', 'product', { PositiveTargeting: { BuyerAccounts: [clients.id] } }],
    ['ReleaseProduct', 'product', {}],
    ['CreateOffer', 'offer', { ProductId: identifierOf('product') }],
    ['UpdateInformation', 'offer', { Name: 'By the call', Description: 'By the call and the hour' }],
    ['UpdatePricingTerms', 'offer', { PricingModel: 'Usage', Terms }],
    ['UpdateLegalTerms', 'offer', example.Offer.LegalTerms],
    ['UpdateSupportTerms', 'offer', example.Offer.SupportTerms],
    ['ReleaseOffer', 'offer', {}],
  ])
  await change({ clients }, [['UpdateVisibility', 'product', { TargetVisibility: 'Public' }]], made.get('product'))
  return made.get('offer') as string
}

type Change = readonly [type: string, of: 'product' | 'offer', details: object]
const types = { product: 'MachineLearningProduct@1.0', offer: 'Offer@1.0' }
const identifierOf = (what: string) => `$${what}.Entity.Identifier`

/** Changes of a new product and its offer, or of the one that has the identifier; waits until they are done. */
async function change({ clients: { catalog } }: Pick<Actor, 'clients'>, changes: readonly Change[], id?: string) {
  const ChangeSet = changes.map(([ChangeType, of, details]) => ({
    ChangeType,
    ...(/^Create/.test(ChangeType) && { ChangeName: of }),
    Entity: { Type: types[of], ...(!/^Create/.test(ChangeType) && { Identifier: id ?? identifierOf(of) }) },
    Details: JSON.stringify(details),
  }))
  const { ChangeSetId = '' } = await catalog.startChangeSet({ Catalog, ChangeSet })
  const done = await poll(
    () => catalog.describeChangeSet({ Catalog, ChangeSetId }),
    ({ Status }) => /SUCCEEDED|FAILED|CANCELLED/.test(Status ?? ''),
  )
  hold(
    done.Status === 'SUCCEEDED',
    `the change set ${done.Status}: ${JSON.stringify(done.ChangeSet?.flatMap(({ ErrorDetailList }) => ErrorDetailList))}`,
  )
  return new Map(
    done.ChangeSet?.map(({ ChangeName, Entity }) => [ChangeName, Entity?.Identifier?.split('@')[0] as string]),
  )
}

async function deploy({ clients: { sagemaker }, role }: Actor, product: string, engine: EngineClient): Promise<Probe> {
  const EndpointName = name
  await sagemaker.createModel({
    ModelName: name,
    PrimaryContainer: { ModelPackageName: product },
    ExecutionRoleArn: role,
    EnableNetworkIsolation: true,
  })
  const variant = {
    VariantName: 'AllTraffic',
    ModelName: name,
    InstanceType: instanceType,
    InitialInstanceCount: 1,
  } as const
  await sagemaker.createEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant] })
  const { EndpointArn } = await sagemaker.createEndpoint({ EndpointName, EndpointConfigName: name })
  const limits = { client: sagemaker, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }
  const { state } = await waitUntilEndpointInService(limits, { EndpointName })
  hold(state === 'SUCCESS', `the probe's endpoint is ${state}`)
  return {
    endpointName: EndpointName,
    modelName: name,
    address: await containerAddress(engine, EndpointArn as string),
    async remove() {
      await sagemaker.deleteEndpoint({ EndpointName })
      await poll(
        () => sagemaker.describeEndpoint({ EndpointName }).then(Boolean, () => false),
        there => !there,
      )
    },
  }
}
