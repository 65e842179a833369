import { createHash } from 'node:crypto'
import { ApplicationAutoScaling } from '@aws-sdk/client-application-auto-scaling'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { KMS } from '@aws-sdk/client-kms'
import { ServiceQuotas } from '@aws-sdk/client-service-quotas'
import { SNS } from '@aws-sdk/client-sns'
import { clientsFor, region } from '../../demo/clients.ts'
import type { Credentials } from '../../demo/server-process.ts'

/** The clients of one account that a demo has no use for, besides those that it has. */
export function accountOf(endpoint: string, credentials: Credentials) {
  const options = { endpoint, region, credentials }
  return {
    ...clientsFor(endpoint, { id: '', ...credentials }),
    kms: new KMS(options),
    sns: new SNS(options),
    rules: new EventBridge(options),
    alarms: new CloudWatch(options),
    scaling: new ApplicationAutoScaling(options),
    quotas: new ServiceQuotas(options),
  }
}
export type Account = ReturnType<typeof accountOf>

/** What a server tells an account of all that it has and that time alone does not change, by the call that tells it. */
export async function answersOf(account: Account): Promise<Record<string, unknown>> {
  const told: Record<string, unknown> = {}
  const tell = async <T>(what: string, answer: Promise<T>): Promise<T> => {
    const found = await answer
    told[what] = stable(found)
    return found
  }
  await tellWorkloads(account, tell)
  await tellObjects(account, tell)
  await tellOthers(account, tell)
  await tellMarket(account, tell)
  return told
}

type Tell = <T>(what: string, answer: Promise<T>) => Promise<T>

async function tellWorkloads({ sagemaker, ecr, logs }: Account, tell: Tell): Promise<void> {
  const { Models = [] } = await tell('ListModels', sagemaker.listModels({}))
  for (const { ModelName } of Models) await tell(`DescribeModel ${ModelName}`, sagemaker.describeModel({ ModelName }))
  const { EndpointConfigs = [] } = await tell('ListEndpointConfigs', sagemaker.listEndpointConfigs({}))
  for (const { EndpointConfigName } of EndpointConfigs)
    await tell(`DescribeEndpointConfig ${EndpointConfigName}`, sagemaker.describeEndpointConfig({ EndpointConfigName }))
  const { TrainingJobSummaries = [] } = await tell('ListTrainingJobs', sagemaker.listTrainingJobs({}))
  for (const { TrainingJobName } of TrainingJobSummaries)
    await tell(`DescribeTrainingJob ${TrainingJobName}`, sagemaker.describeTrainingJob({ TrainingJobName }))
  const { TransformJobSummaries = [] } = await tell('ListTransformJobs', sagemaker.listTransformJobs({}))
  for (const { TransformJobName } of TransformJobSummaries)
    await tell(`DescribeTransformJob ${TransformJobName}`, sagemaker.describeTransformJob({ TransformJobName }))
  const { ModelPackageSummaryList = [] } = await tell('ListModelPackages', sagemaker.listModelPackages({}))
  for (const { ModelPackageArn: ModelPackageName } of ModelPackageSummaryList)
    await tell(`DescribeModelPackage ${ModelPackageName}`, sagemaker.describeModelPackage({ ModelPackageName }))
  const { repositories = [] } = await tell('DescribeRepositories', ecr.describeRepositories({}))
  for (const { repositoryName } of repositories) {
    const { imageDetails = [] } = await tell(`DescribeImages ${repositoryName}`, ecr.describeImages({ repositoryName }))
    const imageIds = imageDetails.map(({ imageDigest }) => ({ imageDigest }))
    await tell(`BatchGetImage ${repositoryName}`, ecr.batchGetImage({ repositoryName, imageIds }))
  }
  const { logGroups = [] } = await tell('DescribeLogGroups', logs.describeLogGroups({}))
  for (const { logGroupName } of logGroups)
    await tell(`FilterLogEvents ${logGroupName}`, logs.filterLogEvents({ logGroupName }))
}

async function tellObjects({ s3 }: Account, tell: Tell): Promise<void> {
  const { Buckets = [] } = await tell('ListBuckets', s3.listBuckets({}))
  for (const { Name: Bucket } of Buckets) {
    const { Versions = [] } = await tell(`ListObjectVersions ${Bucket}`, s3.listObjectVersions({ Bucket }))
    for (const { Key, VersionId } of Versions) {
      const { Body, $metadata: _, ...headers } = await s3.getObject({ Bucket, Key, VersionId })
      const bytes = await Body?.transformToByteArray()
      const sha256 = createHash('sha256')
        .update(bytes ?? '')
        .digest('hex')
      await tell(`GetObject ${Bucket}/${Key} ${VersionId}`, Promise.resolve({ ...headers, sha256 }))
      await tell(`GetObjectTagging ${Bucket}/${Key} ${VersionId}`, s3.getObjectTagging({ Bucket, Key, VersionId }))
    }
    await tell(`GetBucketVersioning ${Bucket}`, s3.getBucketVersioning({ Bucket }))
  }
}

async function tellOthers({ iam, kms, sns, rules, alarms, scaling, quotas }: Account, tell: Tell): Promise<void> {
  await tell('GetAccountAuthorizationDetails', iam.getAccountAuthorizationDetails({}))
  const { Keys = [] } = await tell('ListKeys', kms.listKeys({}))
  for (const { KeyId } of Keys) await tell(`DescribeKey ${KeyId}`, kms.describeKey({ KeyId }))
  await tell('ListAliases', kms.listAliases({}))
  const { Topics = [] } = await tell('ListTopics', sns.listTopics({}))
  for (const { TopicArn } of Topics) await tell(`GetTopicAttributes ${TopicArn}`, sns.getTopicAttributes({ TopicArn }))
  const { Rules = [] } = await tell('ListRules', rules.listRules({}))
  for (const { Name: Rule } of Rules) await tell(`ListTargetsByRule ${Rule}`, rules.listTargetsByRule({ Rule }))
  await tell('DescribeAlarms', alarms.describeAlarms({}))
  await tell('DescribeScalableTargets', scaling.describeScalableTargets({ ServiceNamespace: 'sagemaker' }))
  await tell('ListServiceQuotas', quotas.listServiceQuotas({ ServiceCode: 'sagemaker' }))
}

async function tellMarket({ catalog, agreement, subscribedVersions }: Account, tell: Tell): Promise<void> {
  const Catalog = 'AWSMarketplace'
  for (const EntityType of ['MachineLearningProduct', 'Offer']) {
    const { EntitySummaryList = [] } = await tell(
      `ListEntities ${EntityType}`,
      catalog.listEntities({ Catalog, EntityType }),
    )
    for (const { EntityId } of EntitySummaryList)
      await tell(`DescribeEntity ${EntityId}`, catalog.describeEntity({ Catalog, EntityId }))
  }
  for (const party of ['Proposer', 'Acceptor']) {
    const filters = [
      { name: 'PartyType', values: [party] },
      { name: 'AgreementType', values: ['PurchaseAgreement'] },
    ]
    const { agreementViewSummaries = [] } = await tell(
      `SearchAgreements ${party}`,
      agreement.searchAgreements({ catalog: Catalog, filters }),
    )
    for (const { agreementId } of agreementViewSummaries) {
      await tell(`DescribeAgreement ${agreementId}`, agreement.describeAgreement({ agreementId }))
      await tell(`GetAgreementTerms ${agreementId}`, agreement.getAgreementTerms({ agreementId }))
      if (party === 'Acceptor')
        await tell(`ListSubscribedVersions ${agreementId}`, subscribedVersions(agreementId as string))
    }
  }
}

/** As JSON tells it, without what is each answer's own: ids of requests, tokens that are sealed anew, and the port that this server is at. */
const stable = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (name, value) =>
      ['$metadata', 'NextToken', 'nextToken'].includes(name) ? undefined : value,
    ).replaceAll(/localhost:\d+/g, 'localhost:PORT'),
  )
