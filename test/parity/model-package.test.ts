import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { eventually, parity, refused, unverified, verified } from './parity.ts'
import { completed, container, createVersion, inference } from './requests.ts'

const at = installation()
const arn = (name: string, type = 'model-package') => `arn:aws:sagemaker:us-east-1:123456789012:${type}/${name}`
const registry = verified('SageMaker Developer Guide, Model Registry')
const ours = unverified('the texts are ours')

const createGroup = (name: string, more: object = {}) =>
  at.owner.sagemaker.createModelPackageGroup({ ModelPackageGroupName: name, ...more })

parity(
  'CreateModelPackageGroup DescribeModelPackageGroup DeleteModelPackageGroup',
  registry,
  'is deleted only when empty',
  async () => {
    const { sagemaker } = at.owner
    const made = await createGroup('life', { ModelPackageGroupDescription: 'Ours.' })
    assert.equal(made.ModelPackageGroupArn, arn('life', 'model-package-group'))
    const group = await sagemaker.describeModelPackageGroup({ ModelPackageGroupName: 'life' })
    assert.deepEqual([group.ModelPackageGroupDescription, group.ModelPackageGroupStatus], ['Ours.', 'Completed'])
    await refused(createGroup('life'), 'ValidationException', /already exists/)
    const version = await createVersion(at.owner, 'life')
    assert.equal(version, arn('life/1'))
    const remove = () => sagemaker.deleteModelPackageGroup({ ModelPackageGroupName: 'life' })
    await refused(remove(), 'ConflictException', /life\/1/)
    await sagemaker.deleteModelPackage({ ModelPackageName: version })
    assert.equal(await createVersion(at.owner, 'life'), arn('life/2'), 'a number is not given twice')
    await sagemaker.deleteModelPackage({ ModelPackageName: 'life/2' })
    await remove()
    await refused(remove(), 'ValidationException', /does not exist/)
  },
)

parity('CreateModelPackage DescribeModelPackage', registry, 'versions and unversioned packages', async () => {
  const { sagemaker, imageDigest } = at.owner
  await createGroup('forms')
  const create = (more: object) =>
    sagemaker.createModelPackage({ InferenceSpecification: inference(at.owner), ...more })
  await create({ ModelPackageName: 'alone' })
  const alone = await completed(at.owner, 'alone')
  assert.deepEqual([alone.ModelPackageVersion, alone.ModelApprovalStatus], [undefined, undefined])
  assert.deepEqual(alone.ModelPackageStatusDetails, { ValidationStatuses: [], ImageScanStatuses: [] })
  assert.equal(alone.InferenceSpecification?.Containers?.[0]?.ImageDigest, imageDigest, 'the digest is filled in')
  await refused(create({ ModelPackageName: 'alone' }), 'ValidationException', /ModelPackage already exists/)

  await create({ ModelPackageGroupName: 'forms' })
  const version = await sagemaker.describeModelPackage({ ModelPackageName: 'forms/1' })
  assert.deepEqual([version.ModelPackageVersion, version.ModelApprovalStatus], [1, 'PendingManualApproval'])
  const both = create({ ModelPackageName: 'x', ModelPackageGroupName: 'forms' })
  await refused(both, 'ValidationException', /Cannot determine which one to use/)
  await refused(create({}), 'ValidationException', /Missing ARN/)
})

const rules = verified('SageMaker API Reference, CreateModelPackage, has the rules; most of the texts are ours')

parity('CreateModelPackage', rules, 'rules of a request', async () => {
  const { sagemaker, image } = at.owner
  await createGroup('rules')
  const refuse = (more: object, message: RegExp) =>
    refused(
      sagemaker.createModelPackage({ ModelPackageName: 'never', InferenceSpecification: inference(at.owner), ...more }),
      'ValidationException',
      message,
    )
  const versioned = { ModelPackageName: undefined, ModelPackageGroupName: 'rules' }
  await refuse({ ...versioned, CertifyForMarketplace: true }, /cannot be certified/)
  await refuse({ ...versioned, Tags: [{ Key: 'a', Value: 'b' }] }, /Tags cannot be set/)
  await refuse({ ...versioned, ModelPackageGroupName: 'absent' }, /absent does not exist/)
  await refuse({ ModelApprovalStatus: 'Approved' }, /ModelApprovalStatus/)
  await refuse({ ModelApprovalStatus: 'Rejected' }, /ModelApprovalStatus/)
  await refuse({ CertifyForMarketplace: true }, /ValidationSpecification is required/)
  await refuse({ InferenceSpecification: undefined }, /Either InferenceSpecification or SourceAlgorithm/)
  const { SupportedTransformInstanceTypes: _, ...some } = inference(at.owner)
  await refuse({ InferenceSpecification: some }, /SupportedTransformInstanceTypes/)
  const wrong = { ...inference(at.owner), Containers: [{ Image: image, ImageDigest: `sha256:${'0'.repeat(64)}` }] }
  await refuse({ InferenceSpecification: wrong }, /the digest of/)
  const twice = { Name: 'same', Containers: [container(at.owner)] }
  await refuse({ AdditionalInferenceSpecifications: [twice, twice] }, /must be unique: same/)
})

parity(
  'CreateModelPackage DescribeModelPackage BatchDescribeModelPackage UpdateModelPackage CreateModel',
  verified('SageMaker API Reference, CreateModelPackage: InferenceSpecification is not required'),
  'a version is registered by its source alone, and may get its containers later',
  async () => {
    const { sagemaker, role } = at.owner
    await createGroup('bare')
    const SourceUri = 's3://parity-data/source'
    const made = await sagemaker.createModelPackage({
      ModelPackageGroupName: 'bare',
      SourceUri,
      ModelApprovalStatus: 'Approved',
    })
    const ModelPackageName = made.ModelPackageArn as string
    const told = await eventually(
      () => sagemaker.describeModelPackage({ ModelPackageName }),
      ({ ModelPackageStatus }) => ModelPackageStatus === 'Completed',
    )
    assert.deepEqual([told.SourceUri, told.InferenceSpecification], [SourceUri, undefined])
    const { ModelPackageSummaries } = await sagemaker.batchDescribeModelPackage({
      ModelPackageArnList: [ModelPackageName],
    })
    assert.equal(ModelPackageSummaries?.[ModelPackageName]?.ModelPackageVersion, 1)
    const model = () =>
      sagemaker.createModel({ ModelName: 'bare', ExecutionRoleArn: role, PrimaryContainer: { ModelPackageName } })
    await refused(model(), 'ValidationException', /has no InferenceSpecification/)
    await sagemaker.updateModelPackage({
      ModelPackageArn: ModelPackageName,
      InferenceSpecification: inference(at.owner),
    })
    await model()
  },
)

parity(
  'CreateModelPackage',
  verified('SageMaker API Reference, CreateModelPackage, ClientToken'),
  'a client token makes one version of many tries',
  async () => {
    const { sagemaker } = at.owner
    await createGroup('once')
    const request = { ModelPackageGroupName: 'once', ClientToken: 'token', InferenceSpecification: inference(at.owner) }
    const tries = await Promise.all([1, 2, 3].map(() => sagemaker.createModelPackage(request)))
    assert.deepEqual(
      tries.map(({ ModelPackageArn }) => ModelPackageArn),
      [1, 2, 3].map(() => arn('once/1')),
    )
    const other = sagemaker.createModelPackage({ ...request, ModelPackageDescription: 'other' })
    await refused(other, 'ValidationException', /ClientToken token/)
  },
)

parity(
  'UpdateModelPackage',
  verified('SageMaker Developer Guide, "Update the Approval Status of a Model"'),
  'approvals',
  async () => {
    const { sagemaker, role } = at.owner
    await createGroup('approval')
    const ModelPackageArn = await createVersion(at.owner, 'approval')
    const approve = (ModelApprovalStatus: 'Approved' | 'Rejected' | 'PendingManualApproval') =>
      sagemaker.updateModelPackage({ ModelPackageArn, ModelApprovalStatus, ApprovalDescription: ModelApprovalStatus })
    const use = (ModelName: string) =>
      sagemaker.createModel({
        ModelName,
        ExecutionRoleArn: role,
        PrimaryContainer: { ModelPackageName: ModelPackageArn },
      })
    await refused(use('pending'), 'ValidationException', /PendingManualApproval, not Approved/)
    await approve('Approved')
    await use('approved')
    await refused(approve('PendingManualApproval'), 'ValidationException', /from Approved to PendingManualApproval/)
    await approve('Rejected')
    await refused(use('rejected'), 'ValidationException', /Rejected, not Approved/)
    await approve('Approved')
    const { ModelApprovalStatus, ApprovalDescription } = await sagemaker.describeModelPackage({
      ModelPackageName: ModelPackageArn,
    })
    assert.deepEqual([ModelApprovalStatus, ApprovalDescription], ['Approved', 'Approved'])
  },
)

parity('UpdateModelPackage', ours, 'metadata, specifications, and what cannot change', async () => {
  const { sagemaker, role } = at.owner
  await createGroup('update')
  const ModelPackageArn = await createVersion(at.owner, 'update', {
    ModelApprovalStatus: 'Approved',
    CustomerMetadataProperties: { kept: '1', dropped: '2' },
  })
  const update = (more: object) => sagemaker.updateModelPackage({ ModelPackageArn, ...more })
  await update({ CustomerMetadataProperties: { added: '3' }, CustomerMetadataPropertiesToRemove: ['dropped'] })
  const extra = { Name: 'extra', Containers: [{ ...container(at.owner), Environment: { EXTRA: '1' } }] }
  await update({ AdditionalInferenceSpecificationsToAdd: [extra] })
  const described = await sagemaker.describeModelPackage({ ModelPackageName: ModelPackageArn })
  assert.deepEqual(described.CustomerMetadataProperties, { kept: '1', added: '3' })
  assert.deepEqual(
    described.AdditionalInferenceSpecifications?.map(({ Name }) => Name),
    ['extra'],
  )
  await refused(
    update({ AdditionalInferenceSpecificationsToAdd: [extra] }),
    'ValidationException',
    /must be unique: extra/,
  )
  const use = (InferenceSpecificationName: string) =>
    sagemaker.createModel({
      ModelName: `uses-${InferenceSpecificationName}`,
      ExecutionRoleArn: role,
      PrimaryContainer: { ModelPackageName: ModelPackageArn, InferenceSpecificationName },
    })
  await use('extra')
  await refused(use('absent'), 'ValidationException', /no additional inference specification "absent"/)

  const tooMany = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`key-${index}`, 'x']))
  await refused(update({ CustomerMetadataProperties: tooMany }), 'ValidationException', /at most 50/)
  const alone = { ModelPackageName: 'unapproved', InferenceSpecification: inference(at.owner) }
  const { ModelPackageArn: other } = await sagemaker.createModelPackage(alone)
  const approval = sagemaker.updateModelPackage({ ModelPackageArn: other, ModelApprovalStatus: 'Approved' })
  await refused(approval, 'ValidationException', /only on a version/)
  const absent = sagemaker.updateModelPackage({ ModelPackageArn: arn('absent/1'), ApprovalDescription: 'x' })
  await refused(absent, 'ValidationException', /does not exist/)
})

parity(
  'BatchDescribeModelPackage',
  verified('SageMaker API Reference, BatchDescribeModelPackage'),
  'tells of each that can be told of, and why not of the others',
  async () => {
    await createGroup('batch')
    const there = await createVersion(at.owner, 'batch')
    const foreign = there.replace('123456789012', '210987654321')
    const ModelPackageArnList = [there, arn('batch/9'), foreign]
    const answer = await at.owner.sagemaker.batchDescribeModelPackage({ ModelPackageArnList })
    assert.deepEqual(Object.keys(answer.ModelPackageSummaries ?? {}), [there])
    assert.equal(answer.ModelPackageSummaries?.[there]?.ModelPackageVersion, 1)
    const errors = answer.BatchDescribeModelPackageErrorMap ?? {}
    assert.equal(errors[arn('batch/9')]?.ErrorCode, 'ValidationException')
    assert.equal(errors[foreign]?.ErrorCode, 'AccessDeniedException')
  },
)

parity('DescribeModelPackage DeleteModelPackage', ours, 'what is not there, or not here', async () => {
  const { sagemaker } = at.owner
  const absent = { ModelPackageName: 'absent' }
  await refused(
    sagemaker.describeModelPackage(absent),
    'ValidationException',
    `ModelPackage ${arn('absent')} does not exist.`,
  )
  await refused(sagemaker.deleteModelPackage(absent), 'ValidationException', /does not exist/)
  await createGroup('here')
  const version = await createVersion(at.owner, 'here')
  const ModelPackageName = version.replace('us-east-1', 'eu-west-1')
  await refused(sagemaker.describeModelPackage({ ModelPackageName }), 'ValidationException', /does not exist/)
})
