import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import type { CreateModelCommandInput, CreateTrainingJobCommandInput } from '@aws-sdk/client-sagemaker'
import { SNS } from '@aws-sdk/client-sns'
import { region } from '../../demo/clients.ts'
import { makeRole } from '../../demo/seller-steps.ts'
import { openHouse } from './house.ts'

type House = Awaited<ReturnType<typeof openHouse>>
type Refused = Error & { readonly $metadata?: { readonly httpStatusCode?: number } }

const theirBucket = 'theirs'
const repositoryName = 'quiet'
const key = { Bucket: theirBucket, Key: 'secret' }
const policies = ['AmazonSageMakerFullAccess', 'AmazonS3FullAccess']
const openBucket = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${theirBucket}/*` }],
})

/** What the neighbour has, and shares with nobody. */
async function furnish({ neighbour, server }: House) {
  const options = { endpoint: server.url, region, credentials: neighbour.credentials }
  await neighbour.s3.createBucket({ Bucket: theirBucket })
  await neighbour.s3.putObject({ ...key, Body: 'secret' })
  const { TopicArn = '' } = await new SNS(options).createTopic({ Name: 'theirs' })
  const { KeyMetadata } = await new KMS(options).createKey({})
  const { repositories = [] } = await neighbour.ecr.describeRepositories({})
  const role = await makeRole(neighbour, 'Theirs', 'sagemaker.amazonaws.com', policies)
  return { TopicArn, KeyId: KeyMetadata?.Arn ?? '', image: `${repositories[0]?.repositoryUri}:latest`, role }
}

const denied = ['AccessDenied', 403] as const
const deniedInJson = ['AccessDeniedException', 400] as const
const deniedOfTopic = ['AuthorizationErrorException', 403] as const
const invalid = ['ValidationException', 400] as const

/** Each way to name it as a target, and how that is refused. */
function tries({ mallory, server, neighbour }: House, theirs: Awaited<ReturnType<typeof furnish>>, ownRole: string) {
  const { TopicArn, KeyId, image, role } = theirs
  const { s3, sns, ecr, sagemaker, autoscaling } = mallory
  const kms = new KMS({ endpoint: server.url, region, credentials: mallory.credentials, maxAttempts: 1 })
  const registry = { registryId: neighbour.id, repositoryName }
  const model = (more: Partial<CreateModelCommandInput> = {}) =>
    sagemaker.createModel({ ModelName: 'm', ExecutionRoleArn: ownRole, PrimaryContainer: { Image: image }, ...more })
  const train = (more: Partial<CreateTrainingJobCommandInput> = {}) =>
    sagemaker.createTrainingJob({
      ...{ TrainingJobName: 't', RoleArn: ownRole, OutputDataConfig: { S3OutputPath: `s3://${theirBucket}/out` } },
      AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: 'File' },
      ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 1, VolumeSizeInGB: 1 },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
      ...more,
    })
  const component = {
    ...{ InferenceComponentName: 'c', EndpointName: 'theirs', VariantName: 'v', RuntimeConfig: { CopyCount: 1 } },
    Specification: { ModelName: 'm', ComputeResourceRequirements: { MinMemoryRequiredInMb: 128 } },
  }
  const scalable = {
    ServiceNamespace: 'sagemaker',
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
    ...{ ResourceId: 'endpoint/theirs/variant/v', MinCapacity: 1, MaxCapacity: 2 },
  } as const
  const sealed = { Bucket: 'ours', Key: 'k', Body: 'x', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId } as const
  return {
    'an object': [denied, () => s3.getObject(key)],
    'an object that is not there': [denied, () => s3.getObject({ ...key, Key: 'absent' })],
    'a place for an object': [denied, () => s3.putObject({ ...key, Body: 'ours' })],
    'the source of a copy': [denied, () => s3.copyObject({ Bucket: 'ours', Key: 'k', CopySource: 'theirs/secret' })],
    'a policy of a bucket': [denied, () => s3.putBucketPolicy({ Bucket: theirBucket, Policy: openBucket })],
    'a key for an object': [denied, () => s3.putObject(sealed)],
    'a key': [deniedInJson, () => kms.encrypt({ KeyId, Plaintext: Buffer.from('x') })],
    'a policy of a key': [deniedInJson, () => kms.putKeyPolicy({ KeyId, PolicyName: 'default', Policy: '{}' })],
    'a topic': [deniedOfTopic, () => sns.publish({ TopicArn, Message: 'm' })],
    'a topic for a letter box': [
      deniedOfTopic,
      () => sns.subscribe({ TopicArn, Protocol: 'email', Endpoint: 'a@b.example' }),
    ],
    'a permission of a topic': [
      deniedOfTopic,
      () => sns.addPermission({ TopicArn, Label: 'l', AWSAccountId: [mallory.id], ActionName: ['Publish'] }),
    ],
    'images of a repository': [deniedInJson, () => ecr.listImages(registry)],
    'a policy of a repository': [deniedInJson, () => ecr.setRepositoryPolicy({ ...registry, policyText: '{}' })],
    'the image of a model': [deniedInJson, () => model()],
    'the role of a model': [invalid, () => model({ ExecutionRoleArn: role })],
    'the image of a training job': [deniedInJson, () => train()],
    'the role of a training job': [invalid, () => train({ RoleArn: role })],
    'the endpoint of a component': [invalid, () => sagemaker.createInferenceComponent(component)],
    'the endpoint that is scaled': [invalid, () => autoscaling.registerScalableTarget(scalable)],
  } satisfies Record<string, readonly [readonly [string, number], () => Promise<unknown>]>
}

describe('a buyer who names what another account has', () => {
  let house: House
  before(async () => {
    house = await openHouse()
    await house.mallory.s3.createBucket({ Bucket: 'ours' })
  })
  after(() => house.close())

  it('is refused, and nothing of it is changed', async context => {
    const { mallory, neighbour, server } = house
    const theirs = await furnish(house)
    const role = await makeRole(mallory, 'Ours', 'sagemaker.amazonaws.com', policies)
    await house.beside(context, async () => {
      for (const [name, [[code, status], call]] of Object.entries(tries(house, theirs, role))) {
        const refused = await call().then(
          () => new Error('it was not refused') as Refused,
          (error: Refused) => error,
        )
        const seen = [refused.name, refused.$metadata?.httpStatusCode]
        assert.deepEqual(seen, [code, status], `${name}: ${refused.message}`)
      }
    })
    assert.equal(await (await neighbour.s3.getObject(key)).Body?.transformToString(), 'secret')
    await assert.rejects(neighbour.s3.getBucketPolicy({ Bucket: theirBucket }), { name: 'NoSuchBucketPolicy' })
    const sns = new SNS({ endpoint: server.url, region, credentials: neighbour.credentials })
    const { Subscriptions } = await sns.listSubscriptionsByTopic({ TopicArn: theirs.TopicArn })
    assert.deepEqual(Subscriptions ?? [], [])
  })
})
