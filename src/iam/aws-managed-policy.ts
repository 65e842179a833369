/**
 * The policies that AWS provides, by ARN: the names that scripts attach. The statements are our own: what each name promises, for
 * the services that are served here (AWS Managed Policy Reference Guide for the names and intents).
 */
export const awsManagedPolicies: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  Object.entries({
    AdministratorAccess: ['All actions on all resources.', [allow('*')]],
    PowerUserAccess: [
      'All actions except managing users and roles.',
      [
        { Effect: 'Allow', NotAction: ['iam:*', 'organizations:*', 'account:*'], Resource: '*' },
        allow('iam:ListRoles', 'iam:GetRole'),
      ],
    ],
    ReadOnlyAccess: ['Reads every resource and changes none.', [allow(...readOnly())]],
    SecurityAudit: [
      'Reads configuration, not content.',
      [
        allow(
          'iam:Get*',
          'iam:List*',
          'kms:Describe*',
          'kms:Get*',
          'kms:List*',
          's3:GetBucket*',
          's3:ListAllMyBuckets',
        ),
      ],
    ],
    IAMFullAccess: ['All of IAM.', [allow('iam:*')]],
    IAMReadOnlyAccess: ['Reads IAM.', [allow('iam:Get*', 'iam:List*', 'iam:Simulate*')]],
    AmazonS3FullAccess: ['All of S3.', [allow('s3:*', 's3-object-lambda:*')]],
    AmazonS3ReadOnlyAccess: ['Reads S3.', [allow('s3:Get*', 's3:List*', 's3:Describe*')]],
    AmazonEC2ContainerRegistryFullAccess: ['All of ECR.', [allow('ecr:*')]],
    AmazonEC2ContainerRegistryPowerUser: [
      'Pulls and pushes images.',
      [
        allow(
          ...registryReads(),
          'ecr:InitiateLayerUpload',
          'ecr:UploadLayerPart',
          'ecr:CompleteLayerUpload',
          'ecr:PutImage',
        ),
      ],
    ],
    AmazonEC2ContainerRegistryReadOnly: ['Pulls images.', [allow(...registryReads())]],
    CloudWatchFullAccess: ['All of metrics and logs.', [allow('cloudwatch:*', 'logs:*')]],
    CloudWatchReadOnlyAccess: [
      'Reads metrics and logs.',
      [allow('cloudwatch:Describe*', 'cloudwatch:Get*', 'cloudwatch:List*', ...logReads())],
    ],
    CloudWatchLogsFullAccess: ['All of logs.', [allow('logs:*', 'cloudwatch:GenerateQuery')]],
    CloudWatchLogsReadOnlyAccess: ['Reads logs.', [allow(...logReads())]],
    AWSKeyManagementServicePowerUser: [
      'Makes keys and reads their settings.',
      [
        allow('kms:CreateAlias', 'kms:CreateKey', 'kms:DeleteAlias', 'kms:Describe*', 'kms:GenerateRandom'),
        allow('kms:Get*', 'kms:List*', 'kms:TagResource', 'kms:UntagResource', 'iam:ListRoles', 'iam:ListUsers'),
      ],
    ],
    AmazonSageMakerFullAccess: ['SageMaker and what its jobs and endpoints need.', sageMakerFull()],
    AmazonSageMakerReadOnly: [
      'Reads SageMaker.',
      [
        allow(
          'sagemaker:Describe*',
          'sagemaker:List*',
          'sagemaker:Get*',
          'sagemaker:BatchDescribe*',
          'sagemaker:Search',
        ),
      ],
    ],
    AWSMarketplaceFullAccess: [
      'Subscribes to products and manages subscriptions.',
      [allow('aws-marketplace:*', ...marketplaceReads())],
    ],
    AWSMarketplaceManageSubscriptions: [
      'Subscribes and unsubscribes.',
      [
        allow('aws-marketplace:ViewSubscriptions', 'aws-marketplace:Subscribe', 'aws-marketplace:Unsubscribe'),
        allow('aws-marketplace:*Agreement*', 'aws-marketplace:ListEntities', 'aws-marketplace:DescribeEntity'),
      ],
    ],
    'AWSMarketplaceRead-only': [
      'Reads subscriptions and listings.',
      [
        allow(
          'aws-marketplace:ViewSubscriptions',
          'aws-marketplace:Describe*',
          'aws-marketplace:List*',
          'aws-marketplace:Get*',
        ),
      ],
    ],
    AWSMarketplaceSellerFullAccess: [
      'Manages products, offers and their assets.',
      [
        allow('aws-marketplace:*', 'aws-marketplace-management:*', ...marketplaceReads()),
        passRole(['sagemaker.amazonaws.com', 'assets.marketplace.amazonaws.com']),
      ],
    ],
    AWSMarketplaceSellerProductsFullAccess: [
      'Manages products.',
      [
        allow(
          'aws-marketplace:*ChangeSet*',
          'aws-marketplace:*Entit*',
          'aws-marketplace:*Task*',
          ...marketplaceReads(),
        ),
      ],
    ],
    AWSMarketplaceMeteringFullAccess: [
      'Meters usage.',
      [allow('aws-marketplace:MeterUsage', 'aws-marketplace:BatchMeterUsage')],
    ],
    AWSMarketplaceGetEntitlements: ['Reads entitlements.', [allow('aws-marketplace:GetEntitlements')]],
    'aws-service-role/AWSApplicationAutoscalingSageMakerEndpointPolicy': [
      'Lets Application Auto Scaling change how much endpoints have.',
      [
        allow('sagemaker:DescribeEndpoint', 'sagemaker:DescribeEndpointConfig', 'sagemaker:DescribeInferenceComponent'),
        allow('sagemaker:UpdateEndpointWeightsAndCapacities', 'sagemaker:UpdateInferenceComponentRuntimeCopy'),
        allow('cloudwatch:DescribeAlarms', 'cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'),
      ],
    ],
    'aws-service-role/ECRReplicationServiceRolePolicy': [
      'Lets ECR copy images between registries.',
      [allow('ecr:CreateRepository', 'ecr:ReplicateImage')],
    ],
    'aws-service-role/AWSECRPullThroughCache_ServiceRolePolicy': [
      'Lets ECR keep copies of images of other registries.',
      [
        allow('ecr:GetAuthorizationToken', 'ecr:BatchCheckLayerAvailability', 'ecr:InitiateLayerUpload'),
        allow('ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'),
      ],
    ],
    'aws-service-role/AWSMarketplaceLicenseManagementServiceRolePolicy': [
      'Lets AWS Marketplace manage licenses.',
      [allow('organizations:DescribeOrganization', 'license-manager:ListReceivedGrants')],
    ],
  } satisfies Record<string, [string, object[]]>).map(([pathAndName, [description, statements]]) => {
    const document = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    const slash = pathAndName.lastIndexOf('/') + 1
    const [path, name] = [`/${pathAndName.slice(0, slash)}`, pathAndName.slice(slash)]
    return [`arn:aws:iam::aws:policy${path}${name}`, { name, path, description, document }]
  }),
)

export interface AwsManagedPolicy {
  readonly name: string
  readonly path: string
  readonly description: string
  /** JSON text. */
  readonly document: string
}

function allow(...actions: string[]): object {
  return { Effect: 'Allow', Action: actions.length === 1 ? actions[0] : actions, Resource: '*' }
}

function passRole(services: string[]): object {
  const condition = { StringEquals: { 'iam:PassedToService': services } }
  return { Effect: 'Allow', Action: 'iam:PassRole', Resource: 'arn:aws:iam::*:role/*', Condition: condition }
}

function registryReads(): string[] {
  const batch = [
    'ecr:GetAuthorizationToken',
    'ecr:BatchCheckLayerAvailability',
    'ecr:GetDownloadUrlForLayer',
    'ecr:BatchGetImage',
  ]
  return [...batch, 'ecr:GetRepositoryPolicy', 'ecr:GetLifecyclePolicy*', 'ecr:Describe*', 'ecr:List*']
}

function logReads(): string[] {
  return [
    'logs:Describe*',
    'logs:Get*',
    'logs:List*',
    'logs:FilterLogEvents',
    'logs:StartLiveTail',
    'logs:TestMetricFilter',
  ]
}

function marketplaceReads(): string[] {
  return [
    'sagemaker:Describe*',
    'sagemaker:List*',
    'ecr:Describe*',
    'ecr:List*',
    's3:ListAllMyBuckets',
    'iam:ListRoles',
    'iam:GetRole',
  ]
}

function readOnly(): string[] {
  const services = [
    'application-autoscaling',
    'aws-marketplace',
    'cloudwatch',
    'ecr',
    'iam',
    'kms',
    'logs',
    's3',
    'sagemaker',
  ]
  const verbs = services.flatMap(service => ['Describe*', 'Get*', 'List*'].map(verb => `${service}:${verb}`))
  return [
    ...verbs,
    'ecr:BatchGetImage',
    'logs:FilterLogEvents',
    'sagemaker:Search',
    'sts:GetCallerIdentity',
    'iam:Simulate*',
  ]
}

/** Buckets and objects by name only where it holds "sagemaker", as AWS's policy has it; roles only handed to SageMaker. */
function sageMakerFull(): object[] {
  const objects = ['arn:aws:s3:::*SageMaker*', 'arn:aws:s3:::*Sagemaker*', 'arn:aws:s3:::*sagemaker*']
  return [
    allow('sagemaker:*', 'application-autoscaling:*', 'cloudwatch:*', 'logs:*', ...registryReads()),
    allow(
      'ecr:CreateRepository',
      'iam:ListRoles',
      'kms:DescribeKey',
      'kms:ListAliases',
      'aws-marketplace:ViewSubscriptions',
    ),
    allow(
      's3:CreateBucket',
      's3:GetBucketLocation',
      's3:ListBucket',
      's3:ListAllMyBuckets',
      's3:GetBucketCors',
      's3:PutBucketCors',
    ),
    {
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      Resource: objects,
    },
    {
      Effect: 'Allow',
      Action: [
        'ecr:SetRepositoryPolicy',
        'ecr:PutImage',
        'ecr:*LayerUpload',
        'ecr:UploadLayerPart',
        'ecr:*DeleteImage',
      ],
      Resource: 'arn:aws:ecr:*:*:repository/*sagemaker*',
    },
    passRole(['sagemaker.amazonaws.com']),
  ]
}
