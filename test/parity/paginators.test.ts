import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Scaling from '@aws-sdk/client-application-auto-scaling'
import * as CloudWatch from '@aws-sdk/client-cloudwatch'
import * as Logs from '@aws-sdk/client-cloudwatch-logs'
import * as Ecr from '@aws-sdk/client-ecr'
import * as Iam from '@aws-sdk/client-iam'
import * as Kms from '@aws-sdk/client-kms'
import * as S3 from '@aws-sdk/client-s3'
import * as SageMaker from '@aws-sdk/client-sagemaker'
import { clientOf, type Installation, installation } from './installation.ts'
import * as requests from './requests.ts'
import { servedServices } from './served-services.ts'

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})
const policy = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })
const attachable = ['AmazonS3FullAccess', 'AmazonS3ReadOnlyAccess'].map(name => `arn:aws:iam::aws:policy/${name}`)
const [a, b] = ['page-a', 'page-b']
const both = [a, b]
const tags = both.map(Key => ({ Key, Value: 'x' }))
const groupArn = `arn:aws:sagemaker:us-east-1:123456789012:model-package-group/${a}`
const own = `arn:aws:iam::123456789012:policy/${a}`
const providerArn = 'arn:aws:iam::123456789012:oidc-provider/pages.example.com'

const keepNone = JSON.stringify({
  rules: [
    {
      ...{ rulePriority: 1, description: 'all but the newest', action: { type: 'expire' } },
      selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 },
    },
  ],
})

let keyId = ''
let upload = ''
const at = installation(async open => {
  await furnishSageMaker(open)
  await furnishIam(open)
  await furnishOthers(open)
})

async function furnishSageMaker({ owner }: Installation): Promise<void> {
  const { sagemaker } = owner
  for (const name of both) {
    await sagemaker.createModelPackageGroup({ ModelPackageGroupName: name, Tags: tags })
    const InferenceSpecification = requests.inference(owner)
    await sagemaker.createModelPackage({ ModelPackageName: name, InferenceSpecification })
    await sagemaker.createAlgorithm(requests.algorithm(owner, name))
    await requests.createModel(owner, name)
    await requests.createEndpointConfig(owner, name, [requests.variant(a)])
    await sagemaker.createEndpoint({ EndpointName: name, EndpointConfigName: a })
    await sagemaker.createTrainingJob(requests.trainingJob(owner, name))
    await sagemaker.createTransformJob({ ...requests.transformJob(owner, name), ModelName: a })
    await sagemaker.createHyperParameterTuningJob(requests.tuningJob(owner, name))
  }
  await requests.createSharedEndpoint(owner, 'z-shared')
  for (const name of both)
    await requests.createInferenceComponent(owner, name, { ModelName: a }, { EndpointName: 'z-shared' })
}

async function furnishIam({ owner: { iam } }: Installation): Promise<void> {
  for (const UserName of both) {
    await iam.createUser({ UserName, Tags: tags })
    await iam.createAccessKey({ UserName: a })
    await iam.createRole({ RoleName: UserName, AssumeRolePolicyDocument: trust, Tags: tags })
    await iam.createPolicy({ PolicyName: UserName, PolicyDocument: policy('s3:*'), Tags: tags })
    await iam.createGroup({ GroupName: UserName })
    await iam.createInstanceProfile({ InstanceProfileName: UserName })
    const inline = { PolicyName: UserName, PolicyDocument: policy('ecr:*') }
    await iam.putUserPolicy({ UserName: a, ...inline })
    await iam.putRolePolicy({ RoleName: a, ...inline })
    await iam.putGroupPolicy({ GroupName: a, ...inline })
  }
  const ThumbprintList = ['a'.repeat(40)]
  await iam.createOpenIDConnectProvider({ Url: 'https://pages.example.com', ThumbprintList, Tags: tags })
  for (const GroupName of both) await iam.addUserToGroup({ GroupName, UserName: a })
  await iam.addUserToGroup({ GroupName: a, UserName: b })
  await iam.addRoleToInstanceProfile({ InstanceProfileName: a, RoleName: a })
  await iam.addRoleToInstanceProfile({ InstanceProfileName: b, RoleName: a })
  await iam.createPolicyVersion({ PolicyArn: own, PolicyDocument: policy('s3:Get*') })
  for (const PolicyArn of attachable) {
    await iam.attachUserPolicy({ UserName: a, PolicyArn })
    await iam.attachRolePolicy({ RoleName: a, PolicyArn })
    await iam.attachGroupPolicy({ GroupName: a, PolicyArn })
  }
}

async function furnishOthers(open: Installation): Promise<void> {
  const { logs, ecr, s3, role } = open.owner
  const kms = clientOf(Kms.KMS, open)
  const { KeyMetadata } = await kms.createKey({ Tags: both.map(TagKey => ({ TagKey, TagValue: 'x' })) })
  await kms.createKey({})
  keyId = KeyMetadata?.KeyId ?? ''
  const now = Date.now()
  await s3.createBucket({ Bucket: 'pages' })
  for (const name of both) {
    await kms.createAlias({ AliasName: `alias/${name}`, TargetKeyId: keyId })
    const grant = { GranteePrincipal: role, RetiringPrincipal: role, Operations: ['Decrypt' as const] }
    await kms.createGrant({ KeyId: keyId, ...grant })
    await kms.rotateKeyOnDemand({ KeyId: keyId })
    await logs.createLogGroup({ logGroupName: name })
    await logs.createLogStream({ logGroupName: a, logStreamName: name })
    const logEvents = [{ timestamp: now, message: name }]
    await logs.putLogEvents({ logGroupName: a, logStreamName: name, logEvents })
    const metricTransformations = [{ metricName: name, metricNamespace: 'Filtered', metricValue: '1' }]
    await logs.putMetricFilter({ logGroupName: a, filterName: name, filterPattern: 'x', metricTransformations })
    await logs.startQuery({ logGroupName: a, queryString: 'stats count(*)', startTime: 0, endTime: now })
    await ecr.createRepository({ repositoryName: name })
    await ecr.createRepositoryCreationTemplate({ prefix: name, appliedFor: ['CREATE_ON_PUSH'] })
    await s3.putObject({ Bucket: 'pages', Key: name, Body: name })
    await s3.createMultipartUpload({ Bucket: 'pages', Key: name })
  }
  await ecr.startLifecyclePolicyPreview({ repositoryName: 'probe', lifecyclePolicyText: keepNone })
  const { UploadId = '' } = await s3.createMultipartUpload({ Bucket: 'pages', Key: 'parts' })
  upload = UploadId
  const Body = Buffer.alloc(5 * 1024 * 1024)
  for (const PartNumber of [1, 2]) await s3.uploadPart({ Bucket: 'pages', Key: 'parts', UploadId, PartNumber, Body })
  const minutes = [3, 2].map(ago => ({ MetricName: a, Value: ago, Timestamp: new Date(now - ago * 60_000) }))
  const cloudwatch = clientOf(CloudWatch.CloudWatch, open)
  await cloudwatch.putMetricData({ Namespace: 'Pages', MetricData: minutes })
  await furnishScaling(clientOf(Scaling.ApplicationAutoScaling, open))
  const watched = { Namespace: 'Pages', MetricName: a, Statistic: 'Sum' as const, Period: 60, EvaluationPeriods: 1 }
  for (const AlarmName of both)
    await cloudwatch.putMetricAlarm({
      ...{ ...watched, AlarmName },
      ...{ Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' },
    })
}

const { VariantName } = requests.variant(a)
const scaled = (endpoint: string) => ({
  ...({ ServiceNamespace: 'sagemaker', ScalableDimension: 'sagemaker:variant:DesiredInstanceCount' } as const),
  ResourceId: `endpoint/${endpoint}/variant/${VariantName}`,
})

async function furnishScaling(scaling: Scaling.ApplicationAutoScaling): Promise<void> {
  for (const name of both) await scaling.registerScalableTarget({ ...scaled(name), MinCapacity: 1, MaxCapacity: 2 })
  const StepScalingPolicyConfiguration = {
    ...{ AdjustmentType: 'ChangeInCapacity' as const, StepAdjustments: [{ ScalingAdjustment: 1 }] },
  }
  for (const name of both) {
    await scaling.putScalingPolicy({ ...scaled(a), PolicyName: name, StepScalingPolicyConfiguration })
    const action = { ScheduledActionName: name, Schedule: 'rate(1 day)', ScalableTargetAction: { MinCapacity: 1 } }
    await scaling.putScheduledAction({ ...scaled(a), ...action })
  }
}

interface Sdk {
  readonly [name: string]: unknown
}
type Inputs = Readonly<Record<string, () => object>>

const none = () => ({})
const ofSageMaker = () => ({ ServiceNamespace: 'sagemaker' })
const user = () => ({ UserName: a })
const role = () => ({ RoleName: a })
const group = () => ({ GroupName: a })
const bucket = () => ({ Bucket: 'pages' })
const metric = { Metric: { Namespace: 'Pages', MetricName: a }, Period: 60, Stat: 'Sum' }

/** By service: its SDK, its client, and what each paginator of its model is asked, so that there are two items or more. */
const services: Readonly<Record<string, readonly [sdk: Sdk, client: new (options: never) => object, inputs: Inputs]>> =
  {
    SageMaker: [
      SageMaker,
      SageMaker.SageMaker,
      {
        ...{ ListModels: none, ListEndpoints: none, ListEndpointConfigs: none, ListAlgorithms: none },
        ...{ ListModelPackages: none, ListModelPackageGroups: none, ListTrainingJobs: none, ListTransformJobs: none },
        ...{ ListHyperParameterTuningJobs: none, ListInferenceComponents: none },
        ListTrainingJobsForHyperParameterTuningJob: () => ({ HyperParameterTuningJobName: a }),
        ListTags: () => ({ ResourceArn: groupArn }),
        Search: () => ({ Resource: 'TrainingJob' }),
      },
    ],
    IAM: [
      Iam,
      Iam.IAM,
      {
        ...{ ListUsers: none, ListRoles: none, ListPolicies: none, ListAccessKeys: user, ListUserTags: user },
        ...{ ListUserPolicies: user, ListAttachedUserPolicies: user, ListRoleTags: role, ListRolePolicies: role },
        ...{ ListAttachedRolePolicies: role, ListPolicyVersions: () => ({ PolicyArn: own }) },
        SimulatePrincipalPolicy: () => ({
          PolicySourceArn: `arn:aws:iam::123456789012:user/${a}`,
          ActionNames: ['s3:GetObject', 's3:PutObject'],
        }),
        ...{ ListGroupsForUser: user, ListInstanceProfilesForRole: role, ListGroups: none, ListInstanceProfiles: none },
        ...{ GetGroup: group, ListGroupPolicies: group, ListAttachedGroupPolicies: group },
        ...{ ListPolicyTags: () => ({ PolicyArn: own }), ListEntitiesForPolicy: () => ({ PolicyArn: attachable[0] }) },
        ...{ GetAccountAuthorizationDetails: none, ListAccountAliases: none, ListMFADevices: user },
        ...{ ListSSHPublicKeys: user, ListSigningCertificates: user, ListVirtualMFADevices: none },
        ListOpenIDConnectProviderTags: () => ({ OpenIDConnectProviderArn: providerArn }),
        SimulateCustomPolicy: () => ({
          PolicyInputList: [policy('s3:*')],
          ActionNames: ['s3:GetObject', 's3:PutObject'],
        }),
      },
    ],
    KMS: [
      Kms,
      Kms.KMS,
      {
        ...{ ListKeys: none, ListAliases: none, ListGrants: () => ({ KeyId: keyId }) },
        ListKeyRotations: () => ({ KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
        ListRetirableGrants: () => ({ RetiringPrincipal: at.owner.role }),
        ...{ ListResourceTags: () => ({ KeyId: keyId }), ListKeyPolicies: () => ({ KeyId: keyId }) },
      },
    ],
    'CloudWatch Logs': [
      Logs,
      Logs.CloudWatchLogs,
      {
        DescribeLogGroups: none,
        DescribeLogStreams: () => ({ logGroupName: a }),
        DescribeMetricFilters: () => ({ logGroupName: a }),
        DescribeQueries: none,
        FilterLogEvents: () => ({ logGroupName: a }),
      },
    ],
    CloudWatch: [
      CloudWatch,
      CloudWatch.CloudWatch,
      {
        ListMetrics: () => ({ Namespace: 'Pages' }),
        ...{ DescribeAlarms: none, DescribeAlarmHistory: none },
        GetMetricData: () => ({
          ...{ StartTime: new Date(Date.now() - 3_600_000), EndTime: new Date(), MaxDatapoints: 1 },
          MetricDataQueries: [{ Id: 'q', MetricStat: metric }],
        }),
      },
    ],
    'Application Auto Scaling': [
      Scaling,
      Scaling.ApplicationAutoScaling,
      {
        ...{ DescribeScalableTargets: ofSageMaker, DescribeScalingPolicies: ofSageMaker },
        ...{ DescribeScheduledActions: ofSageMaker, DescribeScalingActivities: ofSageMaker },
      },
    ],
    ECR: [
      Ecr,
      Ecr.ECR,
      {
        DescribeRepositories: none,
        ...{ ListImages: () => ({ repositoryName: 'probe' }), DescribeImages: () => ({ repositoryName: 'probe' }) },
        GetLifecyclePolicyPreview: () => ({ repositoryName: 'probe' }),
        DescribeRepositoryCreationTemplates: none,
      },
    ],
    S3: [
      S3,
      S3.S3,
      {
        ...{ ListObjects: bucket, ListObjectsV2: bucket, ListObjectVersions: bucket, ListMultipartUploads: bucket },
        ...{ ListBuckets: none, ListParts: () => ({ ...bucket(), Key: 'parts', UploadId: upload }) },
      },
    ],
  }

/** What has no second item here, or (ListMetrics) no way to ask for short pages. */
const single = ['ListTags', 'ListAccountAliases', 'ListKeyPolicies', 'ListMetrics']
/** Nobody has any here. */
const absent = [
  'DescribeScalingActivities',
  'ListMFADevices',
  'ListSSHPublicKeys',
  'ListSigningCertificates',
  'ListVirtualMFADevices',
]
const alone = [...single, ...absent, 'ListImages', 'DescribeImages', 'GetLifecyclePolicyPreview']

/** Not served, not paged by the JavaScript SDK, or in need of findings of a scan. */
const left = [
  'ListProcessingJobs',
  'DescribeImageScanFindings',
  'ListObjects',
  'ListObjectVersions',
  'ListMultipartUploads',
]

test('every paginator of the models is here', async () => {
  for (const { model } of await servedServices()) {
    const [, , inputs] = services[model.metadata.serviceId] ?? []
    if (!inputs) continue
    const named = Object.keys(model.pagination ?? {}).filter(name => !left.includes(name))
    assert.deepEqual(
      named.filter(name => !inputs[name]),
      [],
      model.metadata.serviceId,
    )
  }
})

for (const [id, [sdk, Client, inputs]] of Object.entries(services))
  for (const [operation, input] of Object.entries(inputs)) {
    const paginate = sdk[`paginate${operation}`] as Paginate | undefined
    if (!paginate) continue
    test(`${id}: ${operation} ends, having told each item once`, async () => {
      const client = id === 'S3' ? at.owner.s3 : (clientOf(Client as never, at) as object)
      // A page of tags holds no fewer than 50, which is as many as there may be.
      const pageSize = operation === 'ListTags' ? 50 : 1
      const pages: object[] = []
      for await (const page of paginate({ client, pageSize }, input())) {
        pages.push(page)
        assert.ok(pages.length < 200, 'it goes on and on')
      }
      const { $metadata: _, ...first } = pages[0] as { $metadata?: unknown }
      const whole = itemsOf(pages)
      assert.equal(new Set(whole).size, whole.length, 'an item is told twice')
      if (!alone.includes(operation)) assert.ok(pages.length > 1 && whole.length > 1, JSON.stringify(first))
    })
  }

type Paginate = (config: object, input: object) => AsyncIterable<object>

/** The members of a page's lists, as JSON. */
const itemsOf = (pages: readonly object[]): string[] =>
  pages.flatMap(page =>
    Object.values(page)
      .filter(Array.isArray)
      .flatMap(list => list.map(item => JSON.stringify(item))),
  )
