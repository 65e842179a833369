import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { parity, refused, unverified, verified } from './parity.ts'
import { container, createModel } from './requests.ts'

const at = installation()
const arn = (name: string) => `arn:aws:sagemaker:us-east-1:123456789012:model/${name}`
const reference = verified('SageMaker API Reference, CreateModel and ContainerDefinition')
const seen = verified('public issue reports that quote the service, spec/aws-protocols.md')

const pipeline = (hostnames: readonly (string | undefined)[]) =>
  hostnames.map(ContainerHostname => ({ ...container(at.owner), ContainerHostname }))

parity('CreateModel DescribeModel DeleteModel', reference, 'from its making to its end', async () => {
  const { sagemaker, role } = at.owner
  const { ModelArn } = await createModel(at.owner, 'life', { EnableNetworkIsolation: true })
  assert.equal(ModelArn, arn('life'))
  const { $metadata: _, CreationTime, ...model } = await sagemaker.describeModel({ ModelName: 'life' })
  assert.ok(Date.now() - (CreationTime as Date).getTime() < 60_000)
  assert.deepEqual(model, {
    ModelName: 'life',
    ModelArn,
    PrimaryContainer: { ...container(at.owner), Environment: {} },
    ExecutionRoleArn: role,
    EnableNetworkIsolation: true,
  })
  await sagemaker.deleteModel({ ModelName: 'life' })
  for (const gone of [
    () => sagemaker.describeModel({ ModelName: 'life' }),
    () => sagemaker.deleteModel({ ModelName: 'life' }),
  ])
    await refused(gone(), 'ValidationException', `Could not find model "${arn('life')}".`)
})

parity('CreateModel', seen, 'a name is taken once per account and region', async () => {
  await createModel(at.owner, 'taken')
  await refused(
    createModel(at.owner, 'taken'),
    'ValidationException',
    `Cannot create already existing model "${arn('taken')}".`,
  )
  const { SageMaker } = await import('@aws-sdk/client-sagemaker')
  const elsewhere = new SageMaker({ endpoint: at.url, region: 'eu-west-1', credentials: at.owner.credentials })
  assert.deepEqual((await elsewhere.listModels({})).Models, [])
  await refused(elsewhere.describeModel({ ModelName: 'taken' }), 'ValidationException', /eu-west-1.*model\/taken/)
})

parity('CreateModel', seen, 'broken constraints are told all at once, by the path of the member', async () => {
  await refused(
    at.owner.sagemaker.createModel({ ModelName: '-no-', PrimaryContainer: { Mode: 'Both' as 'MultiModel' } }),
    'ValidationException',
    /^2 validation errors detected: Value '-no-' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern: .*; Value 'Both' at 'primaryContainer.mode' failed to satisfy constraint: Member must satisfy enum value set: \[/,
  )
})

parity(
  'CreateModel DescribeModel',
  reference,
  'a pipeline of up to 15 containers, by hostnames that differ',
  async () => {
    const create = (name: string, Containers: object[], more: object = {}) =>
      createModel(at.owner, name, { PrimaryContainer: undefined, Containers, ...more })
    await create('serial', pipeline(['first', 'second']))
    await create('nameless', pipeline([undefined, undefined]))
    await create('fifteen', pipeline(Array.from({ length: 15 }, (_, index) => `host-${index}`)))
    const { Containers, InferenceExecutionConfig } = await at.owner.sagemaker.describeModel({ ModelName: 'serial' })
    assert.deepEqual(
      Containers?.map(({ ContainerHostname }) => ContainerHostname),
      ['first', 'second'],
    )
    assert.equal(InferenceExecutionConfig, undefined)

    const direct = { InferenceExecutionConfig: { Mode: 'Direct' } }
    await create('direct', pipeline(['first', 'second']), direct)
    const described = await at.owner.sagemaker.describeModel({ ModelName: 'direct' })
    assert.deepEqual(described.InferenceExecutionConfig, { Mode: 'Direct' })

    const sixteen = Array.from({ length: 16 }, (_, index) => `host-${index}`)
    await refused(create('no', pipeline(sixteen)), 'ValidationException', /'containers'.*less than or equal to 15/)
    await refused(create('no', pipeline(['same', 'same'])), 'ValidationException', /ContainerHostname must be unique/)
    await refused(create('no', pipeline(['one', undefined])), 'ValidationException', /for every container/)
    await refused(create('no', pipeline([undefined, undefined]), direct), 'ValidationException', /ContainerHostname/)
    await refused(create('no', []), 'ValidationException', /at least one container/)
  },
)

parity('CreateModel', unverified('the texts are ours'), 'what it names must be there and be usable', async () => {
  const { role, image, bucket, sagemaker } = at.owner
  const refuse = async (more: object, message: RegExp, name = 'ValidationException') =>
    refused(createModel(at.owner, 'never', more), name, message)
  await refuse({ Containers: [container(at.owner)] }, /Either PrimaryContainer or Containers/)
  await refuse({ PrimaryContainer: undefined }, /Either PrimaryContainer or Containers/)
  await refuse({ PrimaryContainer: {} }, /an Image or a ModelPackageName/)
  await refuse({ PrimaryContainer: { Image: image, ModelDataUrl: `s3://${bucket}/model.zip` } }, /\.tar\.gz/)
  await refuse({ PrimaryContainer: { Image: image.replace('probe', 'absent') } }, /absent/)
  await refuse({ PrimaryContainer: { Image: image, ModelPackageName: 'x' } }, /cannot be given together/)
  await refuse({ PrimaryContainer: { Image: image, InferenceSpecificationName: 'x' } }, /only with ModelPackageName/)
  await refuse({ PrimaryContainer: { ModelPackageName: 'absent' } }, /absent does not exist/)
  await refuse({ ExecutionRoleArn: undefined }, /ExecutionRoleArn/)
  await refuse({ ExecutionRoleArn: role.replace('Worker', 'Nobody') }, /Could not assume role/)
  await refuse({ ExecutionRoleArn: role.replace(/\d{12}/, '210987654321') }, /Cross-account pass role/)
  await refused(sagemaker.describeModel({ ModelName: 'never' }), 'ValidationException', /Could not find/)
})
