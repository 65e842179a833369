import assert from 'node:assert/strict'
import { SageMaker } from '@aws-sdk/client-sagemaker'
import { clientOf, installation } from './installation.ts'
import { parity, refused, verified } from './parity.ts'
import { createModel } from './requests.ts'
import { userWith } from './user.ts'

const at = installation()
const reference = verified('Service Authorization Reference, Amazon SageMaker')
const model = 'arn:aws:sagemaker:us-east-1:123456789012:model'

const user = async (name: string, statements: object[]) =>
  clientOf(SageMaker, at, { credentials: await userWith(at, name, statements) })

const allow = (Action: string | string[], Resource = '*', Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
})

parity(
  'CreateModel DescribeModel',
  reference,
  'is denied before anything is told, and takes iam:PassRole',
  async () => {
    const { role } = at.owner
    await createModel(at.owner, 'there')
    const nobody = await user('nobody', [allow('sagemaker:ListModels')])
    for (const ModelName of ['there', 'absent'])
      await refused(
        nobody.describeModel({ ModelName }),
        'AccessDeniedException',
        `User: arn:aws:iam::123456789012:user/nobody is not authorized to perform: sagemaker:DescribeModel on resource: ${model}/${ModelName} because no identity-based policy allows the sagemaker:DescribeModel action`,
      )
    assert.equal((await nobody.listModels({})).Models?.length, 1)
    const maker = await user('maker', [allow('sagemaker:*')])
    const create = (ModelName: string, client: SageMaker) =>
      client.createModel({ ModelName, ExecutionRoleArn: role, PrimaryContainer: { Image: at.owner.image } })
    await refused(create('passed', maker), 'AccessDeniedException', /iam:PassRole on resource: .*role\/Worker/)
    const passer = await user('passer', [
      allow('sagemaker:CreateModel', `${model}/passed*`),
      allow('iam:PassRole', role, { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } }),
    ])
    await create('passed', passer)
    await refused(create('other', passer), 'AccessDeniedException', /sagemaker:CreateModel on resource: .*model\/other/)
  },
)

parity(
  'CreateModelPackageGroup AddTags DescribeModelPackageGroup',
  reference,
  'by tags of the request and of the resource',
  async () => {
    const red = { StringEquals: { 'aws:RequestTag/colour': 'red' } }
    const client = await user('tagger', [
      allow('sagemaker:CreateModelPackageGroup', '*', red),
      allow('sagemaker:AddTags', '*', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['colour'] } }),
      allow('sagemaker:DescribeModelPackageGroup', '*', { StringEquals: { 'aws:ResourceTag/colour': 'red' } }),
    ])
    const create = (name: string, Tags?: { Key: string; Value: string }[]) =>
      client.createModelPackageGroup({ ModelPackageGroupName: name, ...(Tags && { Tags }) })
    await create('red', [{ Key: 'colour', Value: 'red' }])
    const denied = (call: Promise<unknown>, action: string) =>
      refused(call, 'AccessDeniedException', new RegExp(`sagemaker:${action}`))
    await denied(create('untagged'), 'CreateModelPackageGroup')
    await denied(create('blue', [{ Key: 'colour', Value: 'blue' }]), 'CreateModelPackageGroup')
    const more = [
      { Key: 'colour', Value: 'red' },
      { Key: 'more', Value: 'x' },
    ]
    await denied(create('more', more), 'AddTags')
    const ResourceArn = 'arn:aws:sagemaker:us-east-1:123456789012:model-package-group/red'
    await denied(client.addTags({ ResourceArn, Tags: more }), 'AddTags')
    await client.addTags({ ResourceArn, Tags: more.slice(0, 1) })
    await client.describeModelPackageGroup({ ModelPackageGroupName: 'red' })
    await at.owner.sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'plain' })
    await denied(client.describeModelPackageGroup({ ModelPackageGroupName: 'plain' }), 'DescribeModelPackageGroup')
  },
)

parity('CreateEndpoint', reference, 'asks leave for the endpoint and for its configuration', async () => {
  const endpoint = 'arn:aws:sagemaker:us-east-1:123456789012:endpoint'
  const half = await user('half', [allow('sagemaker:CreateEndpoint', `${endpoint}/*`)])
  const request = { EndpointName: 'mine', EndpointConfigName: 'absent' }
  await refused(half.createEndpoint(request), 'AccessDeniedException', /endpoint-config\/absent/)
  const whole = await user('whole', [allow('sagemaker:CreateEndpoint', `${endpoint}*/*`)])
  await refused(whole.createEndpoint(request), 'ValidationException', /Could not find endpoint configuration/)
})
