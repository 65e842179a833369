import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { paginateListRequestedServiceQuotaChangeHistory, ServiceQuotas } from '@aws-sdk/client-service-quotas'
import { openInstallation as openData } from '../../src/cli/installation.ts'
import { accountCredentials } from '../../src/iam/account.ts'
import { openOperatorAccount } from '../../src/operator/operator-account.ts'
import { clientOf, type Installation, installation } from './installation.ts'
import { eventually, parityOf, refused, verified } from './parity.ts'
import {
  algorithm,
  createEndpointConfig,
  createModel,
  inference,
  trainingJob,
  transformJob,
  tuningJob,
  variant,
} from './requests.ts'

const run = promisify(execFile)
const python = '/usr/bin/python3'
const skip = existsSync('/usr/lib/python3/dist-packages/boto3') ? false : 'Debian’s python3-boto3 is not installed'
const at = installation(async made => {
  const { owner } = made
  await prepareOperator(made)
  await createModel(owner, 'model')
  await createEndpointConfig(owner, 'one')
  await createEndpointConfig(owner, 'three', [variant('model', { InitialInstanceCount: 3 })])
  await owner.sagemaker.createAlgorithm(algorithm(owner, 'trees'))
  await eventually(
    () => owner.sagemaker.describeAlgorithm({ AlgorithmName: 'trees' }),
    ({ AlgorithmStatus }) => AlgorithmStatus === 'Completed',
  )
})
const parity = parityOf('Service Quotas')
const reference = verified(
  'Service Quotas API Reference; the sentence by users who quote SageMaker’s ResourceLimitExceeded',
)

let key = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }

/** Teaches boto3 the operator's API, and finds the operator's key. */
async function prepareOperator({ data }: Installation): Promise<void> {
  const models = join(data, 'models', 'marketplace-operator', '2026-11-29')
  await mkdir(models, { recursive: true })
  const model = fileURLToPath(new URL('../../src/model/marketplace-operator.json', import.meta.url))
  await copyFile(model, join(models, 'service-2.json'))
  const { store, rootSecret } = await openData({ data })
  const { name } = await openOperatorAccount(store, rootSecret)
  const { accessKeyId, secretAccessKey } = await accountCredentials(store, rootSecret, name)
  await store.close()
  key = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
}

type Call = readonly [name: string, input: object]

/** Answers and errors of boto3, in the order of the calls. */
// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
async function operator(...calls: readonly Call[]): Promise<any[]> {
  const script = fileURLToPath(new URL('account-quotas.py', import.meta.url))
  const env = { ...key, AWS_DATA_PATH: join(at.data, 'models'), AWS_DEFAULT_REGION: 'us-east-1', HOME: at.data }
  const { stdout } = await run(python, [script, at.url, ...calls.map(call => JSON.stringify(call))], { env })
  return JSON.parse(stdout)
}

const ofOwner = (quotaCode: string) => ({ accountId: at.owner.id, serviceCode: 'sagemaker', quotaCode })
const set = (quotaCode: string, value: number): Call => ['put_account_quota', { ...ofOwner(quotaCode), value }]
const reset = (quotaCode: string): Call => ['delete_account_quota', ofOwner(quotaCode)]

const sentence = (name: string, most: number, having: number, more: number, code: string) =>
  `The account-level service limit '${name}' is ${most}, with current utilization of ${having} and a request delta of ${more}. Please use AWS Service Quotas to request an increase for this quota (${code}).`

test('an account has as many jobs and instances under way as the operator lets it', { skip }, async () => {
  const { sagemaker } = at.owner
  const limit = 'ResourceLimitExceeded'
  const codes = ['training-jobs', 'transform-jobs', 'tuning-jobs', 'validations', 'endpoints']
  await operator(...codes.map(code => set(code, 1)))
  await sagemaker.createTrainingJob(trainingJob(at.owner, 'first'))
  const another = () => sagemaker.createTrainingJob(trainingJob(at.owner, 'second'))
  await refused(another(), limit, sentence('Training jobs in progress', 1, 1, 1, 'training-jobs'))
  await sagemaker.createTransformJob(transformJob(at.owner, 'first'))
  const moreTransform = sagemaker.createTransformJob(transformJob(at.owner, 'second'))
  await refused(moreTransform, limit, sentence('Transform jobs in progress', 1, 1, 1, 'transform-jobs'))
  await sagemaker.createHyperParameterTuningJob(tuningJob(at.owner, 'first'))
  const moreTuning = sagemaker.createHyperParameterTuningJob(tuningJob(at.owner, 'second'))
  await refused(moreTuning, limit, sentence('Hyperparameter tuning jobs in progress', 1, 1, 1, 'tuning-jobs'))
  await sagemaker.createEndpoint({ EndpointName: 'first', EndpointConfigName: 'one' })
  const moreEndpoints = sagemaker.createEndpoint({ EndpointName: 'second', EndpointConfigName: 'one' })
  await refused(moreEndpoints, limit, sentence('Number of endpoints', 1, 1, 1, 'endpoints'))
  await operator(set('validations', 0))
  const validations = sentence('Model packages and algorithms being validated', 0, 0, 1, 'validations')
  await refused(sagemaker.createAlgorithm(algorithm(at.owner, 'more')), limit, validations)
  const asked = { ModelPackageName: 'more', InferenceSpecification: inference(at.owner) }
  await refused(sagemaker.createModelPackage(asked), limit, validations)

  // Instances are counted by the requests of what is under way.
  await operator(set('training-jobs', 100), set('transform-instances', 3), set('transform-jobs', 100))
  await operator(set('endpoints', 9), set('endpoint-instances', 3))
  const wide = (name: string, InstanceCount: number) => {
    const job = transformJob(at.owner, name)
    return sagemaker.createTransformJob({ ...job, TransformResources: { InstanceType: 'ml.m5.large', InstanceCount } })
  }
  const instances = 'Number of instances across transform jobs'
  await refused(wide('wide', 3), limit, sentence(instances, 3, 1, 3, 'transform-instances'))
  await wide('narrow', 2)
  await refused(wide('more', 1), limit, sentence(instances, 3, 3, 1, 'transform-instances'))
  await operator(set('training-instances', 0))
  const none =
    /'Number of instances across training jobs' is 0, with current utilization of [1-9]\d* and a request delta of 1\./
  await refused(another(), limit, none)
  const largeEndpoint = sagemaker.createEndpoint({ EndpointName: 'large', EndpointConfigName: 'three' })
  await refused(largeEndpoint, limit, sentence('Number of instances across endpoints', 3, 1, 3, 'endpoint-instances'))
  await operator(...[...codes, 'training-instances', 'transform-instances', 'endpoint-instances'].map(reset))
  await another()
})

parity(
  'RequestServiceQuotaIncrease GetRequestedServiceQuotaChange ListRequestedServiceQuotaChangeHistory ListRequestedServiceQuotaChangeHistoryByQuota GetServiceQuota',
  reference,
  'more is asked for, and the operator answers',
  async () => {
    const client = clientOf(ServiceQuotas, at)
    const jobs = { ServiceCode: 'sagemaker', QuotaCode: 'transform-jobs' }
    const illegal = 'IllegalArgumentException'
    await refused(client.requestServiceQuotaIncrease({ ...jobs, DesiredValue: 10_000 }), illegal, /greater than.*10000/)
    await refused(client.requestServiceQuotaIncrease({ ...jobs, DesiredValue: 20_000.5 }), illegal, /whole number/)
    const ofResource = { ...jobs, DesiredValue: 20_000, ContextId: 'one' }
    await refused(client.requestServiceQuotaIncrease(ofResource), illegal, /ContextId is not supported/)
    const byCase = { ...jobs, DesiredValue: 20_000, SupportCaseAllowed: true }
    await refused(client.requestServiceQuotaIncrease(byCase), illegal, /SupportCaseAllowed is not supported/)
    const { RequestedQuota: asked } = await client.requestServiceQuotaIncrease({ ...jobs, DesiredValue: 20_000 })
    assert.deepEqual([asked?.Status, asked?.DesiredValue, asked?.GlobalQuota], ['PENDING', 20_000, true])
    assert.deepEqual(JSON.parse(asked?.Requester ?? ''), {
      accountId: at.owner.id,
      callerArn: `arn:aws:iam::${at.owner.id}:root`,
    })
    await refused(
      client.requestServiceQuotaIncrease({ ...jobs, DesiredValue: 30_000 }),
      'ResourceAlreadyExistsException',
      /waits already/,
    )
    const stranger = clientOf(ServiceQuotas, at, { credentials: at.stranger.credentials })
    const RequestId = asked?.Id
    await refused(stranger.getRequestedServiceQuotaChange({ RequestId }), 'NoSuchResourceException', /no request/)
    if (skip) return
    const [waiting, , denied] = await operator(
      ['list_quota_requests', {}],
      ['review_quota_request', { requestId: RequestId, decision: 'APPROVED' }],
      ['review_quota_request', { requestId: RequestId, decision: 'DENIED' }],
    )
    assert.deepEqual(
      waiting.requests.map((row: Record<string, unknown>) => [row.requestId, row.value, row.desiredValue]),
      [[RequestId, 10_000, 20_000]],
    )
    assert.match(denied.Message, /is APPROVED already/)
    assert.equal((await client.getRequestedServiceQuotaChange({ RequestId })).RequestedQuota?.Status, 'APPROVED')
    const { Quota } = await client.getServiceQuota(jobs)
    assert.deepEqual([Quota?.Value, Quota?.Adjustable, Quota?.GlobalQuota], [20_000, true, true])
    assert.equal((await client.getAWSDefaultServiceQuota(jobs)).Quota?.Value, 10_000)
    const { RequestedQuota: second } = await client.requestServiceQuotaIncrease({ ...jobs, DesiredValue: 30_000 })
    const [, none] = await operator(
      ['review_quota_request', { requestId: second?.Id, decision: 'DENIED' }],
      ['review_quota_request', { requestId: 'none', decision: 'DENIED' }],
    )
    assert.equal(none.Code, 'ResourceNotFoundException')
    assert.equal((await client.getServiceQuota(jobs)).Quota?.Value, 20_000)
    const ids: unknown[] = []
    for await (const page of paginateListRequestedServiceQuotaChangeHistory({ client, pageSize: 1 }, {}))
      ids.push(...(page.RequestedQuotas ?? []).map(({ Id }) => Id))
    assert.deepEqual(ids, [second?.Id, RequestId], 'the newest first')
    const byQuota = (Status: 'DENIED' | undefined) =>
      client.listRequestedServiceQuotaChangeHistoryByQuota({ ...jobs, Status })
    assert.deepEqual(
      (await byQuota('DENIED')).RequestedQuotas?.map(({ Id }) => Id),
      [second?.Id],
    )
    const levels = client.listRequestedServiceQuotaChangeHistory({ QuotaRequestedAtLevel: 'RESOURCE' })
    assert.deepEqual((await levels).RequestedQuotas, [])
  },
)

test('the operator sets what can be set, of accounts that are there', { skip }, async () => {
  const stranger = { accountId: at.stranger.id }
  const jobs = { serviceCode: 'sagemaker', quotaCode: 'training-jobs' }
  const [put, list, elsewhere, fixed, nobody, gone] = await operator(
    ['put_account_quota', { ...stranger, ...jobs, value: 7 }],
    ['list_account_quotas', stranger],
    ['list_account_quotas', { accountId: at.owner.id }],
    ['put_account_quota', { ...stranger, serviceCode: 'iam', quotaCode: 'L-F55AF5E4', value: 7 }],
    ['put_account_quota', { accountId: '999999999999', ...jobs, value: 7 }],
    ['delete_account_quota', { accountId: '999999999999', ...jobs }],
  )
  const valueIn = ({ quotas }: { quotas: { quotaCode: string; value: number; defaultValue: number }[] }) => {
    const found = quotas.find(({ quotaCode }) => quotaCode === 'training-jobs')
    return [found?.value, found?.defaultValue]
  }
  assert.deepEqual([put, valueIn(list), valueIn(elsewhere)], [{}, [7, 10_000], [10_000, 10_000]])
  assert.match(fixed.Message, /iam L-F55AF5E4 cannot be set for an account. What can: .*sagemaker training-jobs/)
  assert.deepEqual([nobody.Code, gone.Code], ['ResourceNotFoundException', 'ResourceNotFoundException'])
})
