import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { differs, parity, refused, unverified, verified } from './parity.ts'
import { container, createInferenceComponent, createModel, createSharedEndpoint, variant } from './requests.ts'

const at = installation(async ({ owner }) => {
  await createModel(owner, 'model')
  await createSharedEndpoint(owner)
  await owner.sagemaker.createEndpointConfig({ EndpointConfigName: 'modelled', ProductionVariants: [variant('model')] })
  await owner.sagemaker.createEndpoint({ EndpointName: 'modelled', EndpointConfigName: 'modelled' })
})
const arn = (type: string, name: string) => `arn:aws:sagemaker:us-east-1:123456789012:${type}/${name}`
const bare = () => variant('none', { ModelName: undefined })
const needs = { MinMemoryRequiredInMb: 1024, MaxMemoryRequiredInMb: 2048, NumberOfCpuCoresRequired: 0.5 }

const configure = (EndpointConfigName: string, more: object = {}) =>
  at.owner.sagemaker.createEndpointConfig({
    ...{ EndpointConfigName, ProductionVariants: [bare()], ExecutionRoleArn: at.owner.role, ...more },
  })

const create = (name: string, specification: object = {}, more: object = {}) =>
  createInferenceComponent(at.owner, name, specification, more)

parity(
  'CreateEndpointConfig DescribeEndpointConfig',
  verified('SageMaker Developer Guide, "Deploy models for real-time inference"; texts are ours'),
  'a configuration for inference components has a role and no models',
  async () => {
    const { sagemaker } = at.owner
    const told = await sagemaker.describeEndpointConfig({ EndpointConfigName: 'shared' })
    assert.deepEqual([told.ProductionVariants?.[0]?.ModelName, told.ExecutionRoleArn], [undefined, at.owner.role])
    const refuse = (message: RegExp, more: object) => refused(configure('never', more), 'ValidationException', message)
    await refuse(/^ExecutionRoleArn is required for variants without ModelName, as "all" is\.$/, {
      ExecutionRoleArn: undefined,
    })
    await refuse(/^Variants with ModelName are not supported beside those for variants without ModelName/, {
      ProductionVariants: [bare(), variant('model', { VariantName: 'other' })],
    })
    await refuse(/^AsyncInferenceConfig is not supported/, {
      AsyncInferenceConfig: { OutputConfig: { S3OutputPath: 's3://parity-data/out' } },
    })
    await refuse(/^DataCaptureConfig is not supported/, {
      DataCaptureConfig: {
        ...{ EnableCapture: true, InitialSamplingPercentage: 1, DestinationS3Uri: 's3://parity-data/captured' },
        CaptureOptions: [{ CaptureMode: 'Input' }],
      },
    })
    await refuse(/^ShadowProductionVariants are not supported/, {
      ShadowProductionVariants: [variant('none', { VariantName: 'shadow', ModelName: undefined })],
    })
    await refuse(/^KmsKeyId is not supported/, { KmsKeyId: 'alias/aws/sagemaker' })
    await refuse(/^VolumeSizeInGB is not supported/, { ProductionVariants: [{ ...bare(), VolumeSizeInGB: 5 }] })
  },
)

parity(
  'CreateInferenceComponent DescribeInferenceComponent ListInferenceComponents DeleteInferenceComponent DeleteEndpoint AddTags ListTags',
  verified(
    'SageMaker API Reference, CreateInferenceComponent and DescribeInferenceComponent; the refusal of DeleteEndpoint is quoted in a public pull request (gruntwork-io/cloud-nuke)',
  ),
  'from its making to its end',
  async () => {
    const { sagemaker } = at.owner
    const StartupParameters = { ContainerStartupHealthCheckTimeoutInSeconds: 90 }
    const made = await create('life', { StartupParameters }, { Tags: [{ Key: 'team', Value: 'red' }] })
    assert.equal(made.InferenceComponentArn, arn('inference-component', 'life'))
    const { CreationTime, LastModifiedTime, $metadata, ...told } = await sagemaker.describeInferenceComponent({
      InferenceComponentName: 'life',
    })
    assert.ok(CreationTime && LastModifiedTime && $metadata)
    assert.deepEqual(told, {
      ...{ InferenceComponentName: 'life', InferenceComponentArn: made.InferenceComponentArn },
      ...{ EndpointName: 'shared', EndpointArn: arn('endpoint', 'shared'), VariantName: 'all' },
      Specification: { ModelName: 'model', ComputeResourceRequirements: needs, StartupParameters },
      RuntimeConfig: {
        ...{ DesiredCopyCount: 1, CurrentCopyCount: 0 },
        PlacementStatus: [{ InstanceType: 'ml.m5.large', CurrentCopyCount: 0 }],
      },
      InferenceComponentStatus: 'Creating',
    })
    const ResourceArn = made.InferenceComponentArn as string
    await sagemaker.addTags({ ResourceArn, Tags: [{ Key: 'more', Value: 'b' }] })
    assert.equal((await sagemaker.listTags({ ResourceArn })).Tags?.length, 2)
    await refused(
      create('life'),
      'ValidationException',
      `Cannot create already existing inference component "${made.InferenceComponentArn}".`,
    )
    const names = async (more: object) =>
      (await sagemaker.listInferenceComponents(more)).InferenceComponents?.map(one => one.InferenceComponentName)
    for (const [filter, has] of [
      [{ EndpointNameEquals: 'shared', VariantNameEquals: 'all', StatusEquals: 'Creating' }, true],
      [{ EndpointNameEquals: 'modelled' }, false],
      [{ VariantNameEquals: 'other' }, false],
      [{ StatusEquals: 'InService' }, false],
    ] as const)
      assert.equal((await names(filter))?.includes('life'), has, JSON.stringify(filter))
    await refused(
      sagemaker.deleteEndpoint({ EndpointName: 'shared' }),
      'ValidationException',
      'Cannot delete endpoint with inference component associated. Please delete inference component and try it again.',
    )
    await sagemaker.deleteInferenceComponent({ InferenceComponentName: 'life' })
    const { InferenceComponentStatus } = await sagemaker.describeInferenceComponent({ InferenceComponentName: 'life' })
    assert.equal(InferenceComponentStatus, 'Deleting')
    await refused(create('late', {}, { EndpointName: 'absent' }), 'ValidationException', /^Could not find endpoint/)
    for (const call of [
      sagemaker.describeInferenceComponent({ InferenceComponentName: 'absent' }),
      sagemaker.deleteInferenceComponent({ InferenceComponentName: 'absent' }),
    ])
      await refused(
        call,
        'ValidationException',
        `Could not find inference component "${arn('inference-component', 'absent')}".`,
      )
  },
)

parity(
  'CreateInferenceComponent',
  unverified('but for CopyCount 0, which a public issue quotes (stdapi-ai/stdapi.ai), the texts are ours'),
  'rules of what is placed, and where',
  async () => {
    const refuse = (message: RegExp, ...given: [object?, object?]) =>
      refused(create('never', ...given), 'ValidationException', message)
    await refuse(/^Inference components copy count an integer larger than 0/, {}, { RuntimeConfig: { CopyCount: 0 } })
    await refuse(/^RuntimeConfig is required/, {}, { RuntimeConfig: undefined })
    await refuse(/^VariantName is required/, {}, { VariantName: undefined })
    await refuse(/^Specification is required/, {}, { Specification: undefined })
    await refuse(/has no variant "other"/, {}, { VariantName: 'other' })
    await refuse(/^Variant "all" of endpoint .* has a model/, {}, { EndpointName: 'modelled' })
    await createSharedEndpoint(at.owner, 'going')
    await at.owner.sagemaker.deleteEndpoint({ EndpointName: 'going' })
    await refuse(/has the status Deleting and takes no inference components/, {}, { EndpointName: 'going' })
    await refuse(/Could not find model/, { ModelName: 'absent' })
    await refuse(/either a ModelName or a Container/, { ModelName: undefined })
    await refuse(/either a ModelName or a Container/, { Container: { Image: at.owner.image } })
    await refuse(/ComputeResourceRequirements is required/, { ComputeResourceRequirements: undefined })
    const asking = (more: object) => ({ ComputeResourceRequirements: { ...needs, ...more } })
    await refuse(/MaxMemoryRequiredInMb 512 is less than/, asking({ MaxMemoryRequiredInMb: 512 }))
    await refuse(/must be a whole number here, not 1.5/, asking({ NumberOfAcceleratorDevicesRequired: 1.5 }))
    await refuse(/'.*minMemoryRequiredInMb'.*greater than or equal to 128/, asking({ MinMemoryRequiredInMb: 1 }))
    await createModel(at.owner, 'in-a-row', {
      ...{ PrimaryContainer: undefined, Containers: [container(at.owner), container(at.owner)] },
    })
    await refuse(/not supported for inference pipelines/, { ModelName: 'in-a-row' })
    await createModel(at.owner, 'several', {
      PrimaryContainer: { ...container(at.owner), ModelDataUrl: 's3://parity-data/models/', Mode: 'MultiModel' },
    })
    await refuse(/not supported for models of the Mode MultiModel/, { ModelName: 'several' })
  },
)

parity(
  'UpdateInferenceComponent UpdateInferenceComponentRuntimeConfig',
  differs('AWS does not say what it answers; endpoints are refused in these words'),
  'one that is being made is left alone',
  async () => {
    const { sagemaker } = at.owner
    const InferenceComponentName = 'busy'
    await create(InferenceComponentName)
    const words = /^Cannot update inference component ".*\/busy", which has the status Creating\.$/
    const RuntimeConfig = { CopyCount: 2 }
    const update = sagemaker.updateInferenceComponent({ InferenceComponentName, RuntimeConfig })
    await refused(update, 'ValidationException', words)
    const scale = (name: string) =>
      sagemaker.updateInferenceComponentRuntimeConfig({
        ...{ InferenceComponentName: name, DesiredRuntimeConfig: RuntimeConfig },
      })
    await refused(scale('busy'), 'ValidationException', words)
    await refused(scale('absent'), 'ValidationException', /^Could not find inference component/)
    await refused(
      sagemaker.updateInferenceComponent({ InferenceComponentName }),
      'ValidationException',
      /there is nothing to update/,
    )
    await sagemaker.deleteInferenceComponent({ InferenceComponentName })
  },
)

parity(
  'CreateInferenceComponent ListInferenceComponents',
  unverified('the number is ours: each component is placed by what all the others hold'),
  'an endpoint has a hundred at the most',
  async () => {
    const { sagemaker } = at.owner
    const { InferenceComponents = [] } = await sagemaker.listInferenceComponents({ MaxResults: 100 })
    for (let made = InferenceComponents.length; made < 100; made++) await create(`many-${made}`)
    await refused(create('one-more'), 'ResourceLimitExceeded', /has 100 inference components, which is the most/)
  },
)
