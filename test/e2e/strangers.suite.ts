import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Fixture } from './fixture.ts'
import { createEndpoint, endpointSettled, invoke, makeModel, train, trainingRequest } from './jobs.ts'
import type { Party } from './party.ts'
import { assertRefused } from './world.ts'

/** What another account sees of the seller's resources: the answer for things that do not exist. */
export function strangerSuite(at: () => Fixture): void {
  it('hides jobs, models, endpoints and logs of another account', async () => {
    const { seller, buyer } = at()
    await train(seller, 'secret', {})
    await makeModel(seller, 'secret', {})
    await createEndpoint(seller, 'secret', ['secret'])
    await endpointSettled(seller, 'secret')
    for (const ask of [describeJob, stopJob, describeModel, describeEndpoint, deleteModel, invokeEndpoint])
      await assertSame(name => ask(buyer, name), 'secret', 'no-such-thing')
    const group = '/aws/sagemaker/TrainingJobs'
    const { logStreams = [] } = await seller.logs.describeLogStreams({ logGroupName: group })
    assert.ok(logStreams.length > 0, 'the seller has no log')
    await assertRefused(
      buyer.logs.getLogEvents({ logGroupName: group, logStreamName: logStreams[0]?.logStreamName }),
      'ResourceNotFoundException',
      400,
      /does not exist/,
    )
    const { TrainingJobSummaries } = await buyer.sagemaker.listTrainingJobs({ NameContains: 'secret' })
    assert.deepEqual(TrainingJobSummaries, [])
    await seller.sagemaker.deleteEndpoint({ EndpointName: 'secret' })
  })

  it('hides algorithms and model packages by their ARN', async () => {
    const { seller, buyer } = at()
    await seller.sagemaker.createModelPackage({
      ModelPackageName: 'secret',
      InferenceSpecification: {
        Containers: [{ Image: seller.image }],
        SupportedContentTypes: ['text/csv'],
        SupportedResponseMIMETypes: ['text/csv'],
        SupportedRealtimeInferenceInstanceTypes: ['ml.m5.large'],
        SupportedTransformInstanceTypes: ['ml.m5.large'],
      },
    })
    const arn = (type: string) => (name: string) => `arn:aws:sagemaker:us-east-1:${seller.id}:${type}/${name}`
    const packageOf = arn('model-package')
    const algorithmOf = arn('algorithm')
    const describe = (name: string) => buyer.sagemaker.describeModelPackage({ ModelPackageName: packageOf(name) })
    const remove = (name: string) => buyer.sagemaker.deleteModelPackage({ ModelPackageName: packageOf(name) })
    const use = (name: string) =>
      buyer.sagemaker.createModel({
        ModelName: 'stolen',
        PrimaryContainer: { ModelPackageName: packageOf(name) },
        ExecutionRoleArn: buyer.role,
      })
    const tags = (name: string) => buyer.sagemaker.listTags({ ResourceArn: packageOf(name) })
    for (const ask of [describe, remove, use, tags]) await assertSame(ask, 'secret', 'no-such-thing')
    const train = (name: string) => {
      const AlgorithmSpecification = { AlgorithmName: algorithmOf(name), TrainingInputMode: 'File' as const }
      return buyer.sagemaker.createTrainingJob(trainingRequest(buyer, 'stolen', {}, { AlgorithmSpecification }))
    }
    await assertSame(train, 'secret', 'no-such-thing')
  })

  it('keeps a bucket from another account, and from its jobs', async () => {
    const { seller, buyer } = at()
    const Bucket = seller.bucket
    await assertRefused(buyer.s3.getObject({ Bucket, Key: 'in/rows.csv' }), 'AccessDenied', 403, /not authorized/)
    await assertRefused(buyer.s3.getObject({ Bucket, Key: 'no/such.csv' }), 'AccessDenied', 403, /not authorized/)
    await assertRefused(buyer.s3.listObjectsV2({ Bucket }), 'AccessDenied', 403, /not authorized/)
    await assertRefused(buyer.s3.putObject({ Bucket, Key: 'x', Body: 'x' }), 'AccessDenied', 403, /not authorized/)
  })

  it('keeps a repository from another account, its clients and its jobs', async () => {
    const { seller, buyer, server } = at()
    const describe = (repositoryName: string) => buyer.ecr.describeImages({ registryId: seller.id, repositoryName })
    await assertSame(describe, 'probe', 'no-such-thing')
    const { authorizationData } = await buyer.ecr.getAuthorizationToken({})
    const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
    const pull = async (name: string) => {
      const url = `${server.url}/v2/${seller.id}/${name}/manifests/1.0.0`
      const answer = await fetch(url, { headers: { authorization } })
      return { status: answer.status, body: (await answer.text()).replaceAll(name, 'NAME') }
    }
    const refused = await pull('probe')
    assert.ok([401, 403, 404].includes(refused.status), `the buyer pulls the seller's image: ${refused.status}`)
    assert.deepEqual(refused, await pull('no-such-thing'))
    const steal = (name: string) => {
      const image = seller.image.replace('/probe:', `/${name}:`)
      return buyer.sagemaker.createTrainingJob(trainingRequest({ ...buyer, image }, 'stolen', {}))
    }
    await assertSame(steal, 'probe', 'no-such-thing')
  })

  it('does not let an account pass the role of another', async () => {
    const { seller, buyer } = at()
    const request = trainingRequest(buyer, 'borrowed-role', {}, { RoleArn: seller.role })
    await assertRefused(buyer.sagemaker.createTrainingJob(request), 'ValidationException', 400, /[Cc]ross-account/)
  })
}

const describeJob = ({ sagemaker }: Party, TrainingJobName: string) =>
  sagemaker.describeTrainingJob({ TrainingJobName })
const stopJob = ({ sagemaker }: Party, TrainingJobName: string) => sagemaker.stopTrainingJob({ TrainingJobName })
const describeModel = ({ sagemaker }: Party, ModelName: string) => sagemaker.describeModel({ ModelName })
const deleteModel = ({ sagemaker }: Party, ModelName: string) => sagemaker.deleteModel({ ModelName })
const describeEndpoint = ({ sagemaker }: Party, EndpointName: string) => sagemaker.describeEndpoint({ EndpointName })
const invokeEndpoint = (party: Party, name: string) => invoke(party, name, 'secret')

/** Both names are refused, and in the same words: the answer does not tell which of them exists. */
async function assertSame(ask: (name: string) => Promise<unknown>, existing: string, missing: string): Promise<void> {
  const refusalOf = async (name: string) => {
    const answer = await ask(name).then(
      value => assert.fail(`${name} was answered with ${JSON.stringify(value)}`),
      (error: Error & { $metadata?: { httpStatusCode?: number } }) => error,
    )
    return `${answer.name} ${answer.$metadata?.httpStatusCode}: ${answer.message.replaceAll(name, 'NAME')}`
  }
  const refusal = await refusalOf(existing)
  assert.equal(refusal, await refusalOf(missing))
  assert.match(refusal, / 4\d\d: /)
}
