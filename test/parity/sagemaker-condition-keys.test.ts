// biome-ignore-all lint/suspicious/noTemplateCurlyInString: families of keys are written so
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as SageMaker from '@aws-sdk/client-sagemaker'
import * as Runtime from '@aws-sdk/client-sagemaker-runtime'
import { load } from '../../src/model/load.ts'
import type { ShapeRef } from '../../src/model/service-model.ts'
import { sageMakerConditionKeys } from '../../src/sagemaker/sagemaker-condition-keys.ts'
import { askGuarded, denied, has, isNever, makeGuarded, reference, sampleOfKey } from './guarded.ts'
import { installation } from './installation.ts'
import * as requests from './requests.ts'
import { sampleOf, withMember } from './sample.ts'

const tags = { Tags: [{ Key: 'team', Value: 'red' }] }
let packageArn = ''
let credentials = { accessKeyId: '', secretAccessKey: '' }
const at = installation(async opened => {
  credentials = await makeGuarded(opened)
  const { owner } = opened
  const { ModelPackageArn } = await owner.sagemaker.createModelPackage({
    ModelPackageName: 'held',
    InferenceSpecification: requests.inference(owner),
    CustomerMetadataProperties: { k: 'v' },
    Tags: tags.Tags,
  })
  packageArn = ModelPackageArn ?? ''
  await owner.sagemaker.createTrainingJob({ ...requests.trainingJob(owner, 'held'), Tags: tags.Tags })
})

/** Asks as a user who may do everything unless the request has the key. */
const askUnless = (
  action: string,
  key: string,
  sdk: typeof sageMaker | typeof runtime,
  operation: string,
  input: object,
) => askGuarded(at, credentials, { action, condition: has(key) }, sdk, operation, input)

const sageMaker = { sdk: SageMaker, client: SageMaker.SageMaker }
const runtime = { sdk: Runtime, client: Runtime.SageMakerRuntime }
const model = load('sagemaker')
const least = (operation: string) => sampleOf(model, model.operations[operation]?.input as ShapeRef) as object

for (const [operation, keys] of Object.entries(sageMakerConditionKeys))
  for (const [written, sources] of Object.entries(keys)) {
    const key = written.replace('${FilterKey}', 'a').replace('${MetadataKey}', 'a')
    test(`sagemaker:${operation}: a Deny by ${key} is obeyed for each place that tells it`, async () => {
      for (const source of [sources].flat() as (string | { path: string; otherwise: string })[]) {
        const path = (typeof source === 'string' ? source : source.path).replaceAll('[]', '').split('.')
        const input = model.operations[operation]?.input as ShapeRef
        const pair = written.startsWith('sagemaker:SearchVisibility') ? { Key: 'a', Value: 'b' } : undefined
        const told = withMember(model, input, least(operation), path, pair) as object
        const action = `sagemaker:${operation}`
        await assert.rejects(askUnless(action, key, sageMaker, operation, told), denied(action))
      }
    })
  }

const switches = [
  ['CreateTrainingJob', 'EnableNetworkIsolation', 'sagemaker:NetworkIsolation'],
  ['CreateTrainingJob', 'EnableInterContainerTrafficEncryption', 'sagemaker:InterContainerTrafficEncryption'],
  ['CreateModel', 'EnableNetworkIsolation', 'sagemaker:NetworkIsolation'],
] as const
for (const [operation, member, key] of switches)
  test(`sagemaker:${operation}: a switch that is left out counts as off for ${key}`, async () => {
    const deny = { action: `sagemaker:${operation}`, condition: { Bool: { [key]: 'false' } } }
    const ask = (more: object) =>
      askGuarded(at, credentials, deny, sageMaker, operation, { ...least(operation), ...more })
    await assert.rejects(ask({}), denied(deny.action))
    await assert.rejects(ask({ [member]: true }), (error: Error) => !/explicit deny/.test(error.message))
  })

/** Told by what is there, or by more than one member. */
const further: readonly (readonly [action: string, key: string, operation: string, input: () => object])[] = [
  ...[
    'CreateAlgorithm',
    'CreateModelPackageGroup',
    'CreateModelPackage',
    'CreateModel',
    'CreateEndpointConfig',
    'CreateInferenceComponent',
  ].flatMap(operation => taggedCases(operation)),
  ...['CreateEndpoint', 'CreateTrainingJob', 'CreateHyperParameterTuningJob', 'CreateTransformJob'].flatMap(operation =>
    taggedCases(operation),
  ),
  ['sagemaker:CreateTransformJob', 'sagemaker:ModelArn', 'CreateTransformJob', () => least('CreateTransformJob')],
  [
    'sagemaker:CreateEndpointConfig',
    'sagemaker:ModelArn',
    'CreateEndpointConfig',
    () => ({ EndpointConfigName: 'x', ProductionVariants: [requests.variant('any')] }),
  ],
  ...(['iam:PassedToService', 'iam:AssociatedResourceArn'] as const).map(
    key => ['iam:PassRole', key, 'CreateTrainingJob', () => requests.trainingJob(at.owner, 'passing')] as const,
  ),
  ['sagemaker:AddTags', 'sagemaker:TaggingAction', 'CreateModel', () => ({ ...least('CreateModel'), ...tags })],
  ...(['aws:RequestTag/team', 'aws:TagKeys'] as const).map(
    key => ['sagemaker:AddTags', key, 'AddTags', () => ({ ResourceArn: packageArn, ...tags })] as const,
  ),
  ['sagemaker:DeleteTags', 'aws:TagKeys', 'DeleteTags', () => ({ ResourceArn: packageArn, TagKeys: ['team'] })],
  ...(['aws:ResourceTag/team', 'sagemaker:ResourceTag/team'] as const).map(
    key => ['sagemaker:DescribeTrainingJob', key, 'DescribeTrainingJob', () => ({ TrainingJobName: 'held' })] as const,
  ),
  ...(['DescribeModelPackage', 'DeleteModelPackage'] as const).map(
    operation =>
      [
        `sagemaker:${operation}`,
        'sagemaker:CurrentCustomerMetadataProperties/k',
        operation,
        () => ({ ModelPackageName: packageArn }),
      ] as const,
  ),
  [
    'sagemaker:UpdateModelPackage',
    'sagemaker:CurrentCustomerMetadataProperties/k',
    'UpdateModelPackage',
    () => ({ ModelPackageArn: packageArn }),
  ],
  ['sagemaker:UpdateTrainingJob', 'sagemaker:InstanceTypes', 'UpdateTrainingJob', () => ({ TrainingJobName: 'held' })],
]

function taggedCases(operation: string) {
  const input = () => ({ ...least(operation), ...tags })
  return (['aws:RequestTag/team', 'aws:TagKeys'] as const).map(
    key => [`sagemaker:${operation}`, key, operation, input] as const,
  )
}

for (const [action, key, operation, input] of further)
  test(`${action}: a Deny by ${key} is obeyed`, () =>
    assert.rejects(askUnless(action, key, sageMaker, operation, input()), denied(action)))

test('BatchDescribeModelPackage tells each package that a Deny hides', async () => {
  const key = 'sagemaker:CurrentCustomerMetadataProperties/k'
  const answer = await askUnless('sagemaker:BatchDescribeModelPackage', key, sageMaker, 'BatchDescribeModelPackage', {
    ModelPackageArnList: [packageArn],
  })
  const { BatchDescribeModelPackageErrorMap: errors } = answer as SageMaker.BatchDescribeModelPackageCommandOutput
  assert.match(errors?.[packageArn]?.ErrorResponse ?? '', /explicit deny/)
})

test('InvokeEndpoint: a Deny by sagemaker:TargetModel is obeyed', async () => {
  const input = { EndpointName: 'any', Body: 'x', TargetModel: 'one.tar.gz' }
  await assert.rejects(
    askUnless('sagemaker:InvokeEndpoint', 'sagemaker:TargetModel', runtime, 'InvokeEndpoint', input),
    denied('sagemaker:InvokeEndpoint'),
  )
})

test('every condition key that AWS lists for a served action of SageMaker is told or has its reason', () => {
  const named = new Set([
    ...Object.entries(sageMakerConditionKeys).flatMap(([operation, keys]) =>
      Object.keys(keys).map(key => `sagemaker:${operation} ${key}`),
    ),
    ...further.map(([action, key]) => `${action} ${key}`),
    'sagemaker:BatchDescribeModelPackage sagemaker:CurrentCustomerMetadataProperties/k',
    'sagemaker:InvokeEndpoint sagemaker:TargetModel',
  ])
  const missing = Object.entries(reference)
    .filter(([action]) => action.startsWith('sagemaker:'))
    .flatMap(([action, keys]) => keys.map(key => [action, key] as const))
    .filter(([action, key]) => !isNever(key, action))
    .filter(([action, key]) => !named.has(`${action} ${key}`) && !named.has(`${action} ${sampleOfKey(key)}`))
  assert.deepEqual(missing, [])
})
