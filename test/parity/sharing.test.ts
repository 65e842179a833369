import assert from 'node:assert/strict'
import { installation } from './installation.ts'
import { parity, refused, unverified, verified } from './parity.ts'
import { completed, container, createVersion } from './requests.ts'

const at = installation()
const group = 'arn:aws:sagemaker:us-east-1:123456789012:model-package-group/shared'
const versions = 'arn:aws:sagemaker:us-east-1:123456789012:model-package/shared'
const guide = verified('SageMaker Developer Guide, "Deploy a Model Version from a Different Account"')

const policy = (actions: readonly string[], resource: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${at.stranger.id}:root` },
        Action: actions.map(name => `sagemaker:${name}`),
        Resource: resource,
      },
    ],
  })

const put = (ResourcePolicy: string) =>
  at.owner.sagemaker.putModelPackageGroupPolicy({ ModelPackageGroupName: 'shared', ResourcePolicy })

parity(
  'PutModelPackageGroupPolicy GetModelPackageGroupPolicy DeleteModelPackageGroupPolicy',
  unverified('the SDKs document only that a group without one answers ValidationException'),
  'a policy is stored as it is, checked, and removed',
  async () => {
    const { sagemaker } = at.owner
    const ModelPackageGroupName = 'shared'
    await sagemaker.createModelPackageGroup({ ModelPackageGroupName })
    const read = () => sagemaker.getModelPackageGroupPolicy({ ModelPackageGroupName })
    await refused(read(), 'ValidationException', /no resource policy/)
    for (const text of [
      'no json',
      '{}',
      '{"Statement":[{"Effect":"Maybe"}]}',
      '[1]',
      `{"Statement":[{"Effect":"Allow","Action":"sagemaker:*","Resource":"*"}]}`,
    ])
      await refused(put(text), 'ValidationException', /^Invalid ResourcePolicy: /)
    const text = policy(['DescribeModelPackageGroup'], group)
    assert.equal((await put(text)).ModelPackageGroupArn, group)
    assert.equal((await read()).ResourcePolicy, text)
    await sagemaker.deleteModelPackageGroupPolicy({ ModelPackageGroupName })
    await refused(read(), 'ValidationException', /no resource policy/)
    const again = sagemaker.deleteModelPackageGroupPolicy({ ModelPackageGroupName })
    await refused(again, 'ValidationException', /no resource policy/)
  },
)

parity(
  'DescribeModelPackageGroup DescribeModelPackage ListModelPackages CreateModel BatchDescribeModelPackage',
  guide,
  'another account may do what the group’s policy allows, and no more',
  async () => {
    const { sagemaker } = at.stranger
    const version = await createVersion(at.owner, 'shared', { ModelApprovalStatus: 'Approved' })
    const role = await strangersRole('Worker')
    const describe = () => sagemaker.describeModelPackage({ ModelPackageName: version })
    const list = () => sagemaker.listModelPackages({ ModelPackageGroupName: group })
    const describeGroup = () => sagemaker.describeModelPackageGroup({ ModelPackageGroupName: group })
    const model = (ModelName: string) =>
      sagemaker.createModel({ ModelName, ExecutionRoleArn: role, PrimaryContainer: { ModelPackageName: version } })
    const denied = (call: Promise<unknown>) =>
      refused(call, 'AccessDeniedException', /is not authorized to perform: sagemaker:/)

    for (const call of [describe, list, describeGroup, () => model('no')]) await denied(call())
    const absent = sagemaker.describeModelPackage({ ModelPackageName: `${versions}/99` })
    await denied(absent)
    await put(policy(['DescribeModelPackageGroup'], group))
    assert.equal((await describeGroup()).ModelPackageGroupArn, group)
    for (const call of [describe, list, () => model('no')]) await denied(call())

    await put(policy(['DescribeModelPackage', 'ListModelPackages', 'BatchDescribeModelPackage'], `${versions}/*`))
    assert.equal((await describe()).ModelPackageArn, version)
    const { ModelPackageSummaryList } = await list()
    assert.deepEqual(
      ModelPackageSummaryList?.map(({ ModelPackageArn }) => ModelPackageArn),
      [version],
    )
    const batch = await sagemaker.batchDescribeModelPackage({ ModelPackageArnList: [version] })
    assert.deepEqual(Object.keys(batch.ModelPackageSummaries ?? {}), [version])
    await denied(model('no'))
    await denied(describeGroup())
    await denied(sagemaker.updateModelPackage({ ModelPackageArn: version, ModelApprovalStatus: 'Rejected' }))
    await denied(sagemaker.deleteModelPackage({ ModelPackageName: version }))

    await put(policy(['CreateModel', 'DescribeModelPackage', 'UpdateModelPackage'], `${versions}/*`))
    await refused(model('no'), 'AccessDeniedException', /not authorized to pull from the repository/)
    await openRepository()
    await model('shared')
    assert.equal((await sagemaker.describeModel({ ModelName: 'shared' })).PrimaryContainer?.ModelPackageName, version)
    await sagemaker.updateModelPackage({ ModelPackageArn: version, ModelApprovalStatus: 'Rejected' })
    assert.equal((await describe()).ModelApprovalStatus, 'Rejected')
  },
)

parity(
  'CreateModelPackage PutModelPackageGroupPolicy CreateModel',
  verified('SageMaker Developer Guide, "Register a model version from a different account"'),
  'another account registers where the group’s policy lets it; the version is the group’s account’s',
  async () => {
    const { sagemaker } = at.stranger
    const add = () =>
      sagemaker.createModelPackage({
        ModelPackageGroupName: group,
        ModelApprovalStatus: 'Approved',
        InferenceSpecification: {
          Containers: [container(at.owner)],
          SupportedContentTypes: ['a/b'],
          SupportedResponseMIMETypes: ['a/b'],
        },
      })
    await put(policy(['DescribeModelPackage'], `${versions}/*`))
    await refused(add(), 'AccessDeniedException', /is not authorized to perform: sagemaker:CreateModelPackage/)
    await put(policy(['CreateModelPackage', 'DescribeModelPackage'], `${versions}/*`))
    const { ModelPackageArn = '' } = await add()
    assert.equal(ModelPackageArn, `${versions}/2`)
    const told = await completed(at.owner, ModelPackageArn)
    assert.equal(told.ModelPackageGroupName, 'shared')
    const { ModelPackageSummaryList } = await at.owner.sagemaker.listModelPackages({ ModelPackageGroupName: 'shared' })
    assert.deepEqual(
      ModelPackageSummaryList?.map(({ ModelPackageVersion }) => ModelPackageVersion),
      [1, 2],
    )
    await at.owner.sagemaker.createModel({
      ModelName: 'registered-elsewhere',
      ExecutionRoleArn: at.owner.role,
      PrimaryContainer: { ModelPackageName: ModelPackageArn },
    })
    const setting = sagemaker.putModelPackageGroupPolicy({ ModelPackageGroupName: group, ResourcePolicy: '{}' })
    await assert.rejects(
      setting,
      { name: /ValidationException|AccessDeniedException/ },
      'only its owner sets the policy',
    )
  },
)

parity(
  'CreateModel CreateModelPackage',
  verified('Amazon ECR User Guide, "Private repository policies"; IAM User Guide, "AWS global condition context keys"'),
  'a repository policy lets SageMaker in, for an account or a model of it',
  async () => {
    const { sagemaker, id } = at.stranger
    const ExecutionRoleArn = await strangersRole('Host')
    const create = (ModelName: string) =>
      sagemaker.createModel({ ModelName, ExecutionRoleArn, PrimaryContainer: { Image: at.owner.image } })
    const letIn = (Condition: object) => setRepositoryPolicy({ Service: 'sagemaker.amazonaws.com' }, Condition)
    const denied = (name: string) =>
      refused(create(name), 'AccessDeniedException', /not authorized to pull from the repository/)
    await letIn({ StringEquals: { 'aws:SourceAccount': '999999999999' } })
    await denied('of-account')
    await letIn({ StringEquals: { 'aws:SourceAccount': id } })
    await create('of-account')
    await letIn({ ArnLike: { 'aws:SourceArn': `arn:aws:sagemaker:us-east-1:${id}:model/by-arn*` } })
    await denied('other')
    await create('by-arn')
    await sagemaker.createModelPackageGroup({ ModelPackageGroupName: 'by-arn' })
    const InferenceSpecification = {
      Containers: [container(at.owner)],
      SupportedContentTypes: ['a/b'],
      SupportedResponseMIMETypes: ['a/b'],
    }
    const register = () => sagemaker.createModelPackage({ ModelPackageGroupName: 'by-arn', InferenceSpecification })
    await refused(register(), 'AccessDeniedException', /not authorized to pull from the repository/)
    await letIn({ ArnLike: { 'aws:SourceArn': `arn:aws:sagemaker:us-east-1:${id}:model-package/by-arn/*` } })
    await register()
    await setRepositoryPolicy({ Service: 'lambda.amazonaws.com' }, {})
    await denied('no-more')
  },
)

async function strangersRole(name: string): Promise<string> {
  const { makeRole } = await import('../../demo/seller-steps.ts')
  return makeRole(at.stranger, name, 'sagemaker.amazonaws.com', [
    'AmazonSageMakerFullAccess',
    'AmazonEC2ContainerRegistryReadOnly',
  ])
}

/** The images of what is shared must be open as well. Source: the same guide. */
const openRepository = () => setRepositoryPolicy({ AWS: `arn:aws:iam::${at.stranger.id}:root` }, {})

const setRepositoryPolicy = (Principal: object, Condition: object) =>
  at.owner.ecr.setRepositoryPolicy({
    repositoryName: 'probe',
    policyText: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal,
          Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          Condition,
        },
      ],
    }),
  })
