import { account, type DetailsShape, list, object, optional, refused, required, text, url } from './details-shape.ts'

const visible = { is: 'string', pattern: /^\S[\S\s]*$/, form: 'text that does not begin with a space' } as const
const line = (max: number): DetailsShape => ({ ...visible, max })

const sample = object({
  RealtimeInferenceUrl: optional(url),
  RealtimeInferenceText: optional(text(10000)),
  BatchTransformUrl: optional(url),
  BatchTransformText: optional(text(10000)),
})

const parameters = list(
  object({
    Name: required(text(100)),
    Description: required(text(1000)),
    Constraints: optional(text(1000)),
    Required: optional({ is: 'boolean' }),
  }),
  0,
  35,
)

const input = (needed: typeof required) =>
  object({
    Description: needed(text(10000)),
    Limitations: optional(text(1000)),
    SampleInput: needed(sample),
    Parameters: optional(parameters),
    SageMakerCustomAttributes: optional(parameters),
  })

const output = (needed: typeof required) =>
  object({
    Description: needed(text(10000)),
    SampleOutput: needed(sample),
    Parameters: optional(
      list(
        object({
          Name: required(text(100)),
          Description: required(text(1000)),
          AlwaysReturned: optional({ is: 'boolean' }),
        }),
        0,
        35,
      ),
    ),
  })

const instanceType: DetailsShape = {
  is: 'string',
  max: 64,
  pattern: /^ml\.[a-z0-9.-]+$/,
  form: 'an instance type like ml.m5.large',
}

const recommended = (training: boolean) =>
  object({
    BatchTransform: required(instanceType),
    RealtimeInference: required(instanceType),
    ...(training && { Training: required(instanceType) }),
  })

const described = (needed: typeof required, training: boolean) => ({
  UsageInstructions: needed(text(10000)),
  SampleNotebookUrl: needed(url),
  RepositoryUrl: needed(url),
  InputProperties: needed(input(needed)),
  OutputProperties: needed(output(needed)),
  RecommendedInstanceTypes: needed(recommended(training)),
})

const assetArn: DetailsShape = { is: 'string', max: 2048, pattern: /^arn:\S+$/, form: 'an ARN' }
const options = ['SageMakerAlgorithmDeliveryOptionDetails', 'SageMakerModelPackageDeliveryOptionDetails']

const addedDetails = object(
  {
    SageMakerAlgorithmDeliveryOptionDetails: optional(
      object({
        SageMakerAlgorithmArn: required(assetArn),
        AccessRoleArn: required(assetArn),
        ...described(required, true),
      }),
    ),
    SageMakerModelPackageDeliveryOptionDetails: optional(
      object({
        SageMakerModelPackageArn: required(assetArn),
        AccessRoleArn: required(assetArn),
        ...described(required, false),
      }),
    ),
  },
  options,
)

const updatedDetails = object(
  {
    SageMakerAlgorithmDeliveryOptionDetails: optional(object(described(optional, true))),
    SageMakerModelPackageDeliveryOptionDetails: optional(object(described(optional, false))),
  },
  options,
)

const empty = object({})

/**
 * Details of the changes of `MachineLearningProduct@1.0`: AWS Marketplace API Reference, "Work with machine learning products" and
 * "Work with seller products".
 */
export const productDetails: Readonly<Record<string, DetailsShape>> = {
  CreateProduct: object({ ProductTitle: optional(line(72)) }),
  UpdateInformation: object({
    ProductTitle: optional(line(72)),
    ShortDescription: optional(line(1000)),
    LongDescription: optional(line(5000)),
    Sku: optional({ ...visible, max: 100, isRemovable: true }),
    LogoUrl: optional({ ...url, max: 2048 }),
    VideoUrls: optional(list(url, 0, 1)),
    Highlights: optional(list(line(500), 1, 3)),
    AdditionalResources: optional(
      list(object({ Type: required(text(64)), Text: required(text(500)), Url: required(url) }), 0, 3),
    ),
    SupportDescription: optional(line(2000)),
    Categories: optional(list(line(60), 1, 3)),
    SearchKeywords: optional(list(line(50), 1, 15)),
    AssociatedProducts: refused('AWS does not support it for machine learning products either'),
  }),
  AddDeliveryOptions: object({
    Version: required(object({ VersionTitle: required(line(64)), ReleaseNotes: required(text(30000)) })),
    DeliveryOptions: required(list(object({ Details: required(addedDetails) }), 1, 1)),
  }),
  UpdateDeliveryOptions: object({
    Version: optional(object({ VersionTitle: optional(line(64)), ReleaseNotes: optional(text(30000)) })),
    DeliveryOptions: required(list(object({ Id: required(text(64)), Details: required(updatedDetails) }), 1, 1)),
  }),
  RestrictDeliveryOptions: object({ DeliveryOptionIds: required(list(text(64), 0, 50)) }),
  UpdateTargeting: object({
    PositiveTargeting: required(object({ BuyerAccounts: required(list(account, 0, 5000)) })),
  }),
  ReleaseProduct: empty,
  UpdateVisibility: object({
    TargetVisibility: optional(text(64)),
    ReplacementProductId: optional(text(64)),
  }),
}
