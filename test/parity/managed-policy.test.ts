import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { MarketplaceAgreement } from '@aws-sdk/client-marketplace-agreement'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, verified } from './parity.ts'

const at = installation()
const parity = parityOf('IAM')

const document = (Action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })

parity(
  'CreatePolicy GetPolicy ListPolicies CreatePolicyVersion GetPolicyVersion ListPolicyVersions SetDefaultPolicyVersion DeletePolicyVersion DeletePolicy',
  verified('IAM API Reference; IAM User Guide, Versioning IAM policies: five versions'),
  'a managed policy and its versions',
  async () => {
    const { iam, id } = at.owner
    const { Policy } = await iam.createPolicy({ PolicyName: 'life', PolicyDocument: document('s3:*') })
    const PolicyArn = Policy?.Arn ?? ''
    assert.equal(PolicyArn, `arn:aws:iam::${id}:policy/life`)
    const wrong = [
      ['{}', 'Syntax errors in policy.'],
      [document('s3:*').replace('2012-10-17', '2008-10-17'), 'Policy document must be version 2012-10-17 or greater.'],
      [document('s3'), 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'],
      [document('s3:*').replace('"*"}', '"box"}'), 'Resource box must be in ARN format or "*".'],
    ] as const
    for (const [PolicyDocument, message] of wrong)
      await refused(
        iam.createPolicy({ PolicyName: 'bad', PolicyDocument }),
        'MalformedPolicyDocumentException',
        message,
      )
    for (let version = 2; version <= 5; version++) {
      const { PolicyVersion } = await iam.createPolicyVersion({
        PolicyArn,
        PolicyDocument: document(`s3:Get${version}`),
      })
      assert.deepEqual([PolicyVersion?.VersionId, PolicyVersion?.IsDefaultVersion], [`v${version}`, false])
    }
    await refused(
      clientOf(IAM, at).createPolicyVersion({ PolicyArn, PolicyDocument: document('s3:*') }),
      'LimitExceededException',
      /5 versions/,
    )
    await iam.setDefaultPolicyVersion({ PolicyArn, VersionId: 'v2' })
    assert.equal((await iam.getPolicy({ PolicyArn })).Policy?.DefaultVersionId, 'v2')
    const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId: 'v2' })
    assert.equal(decodeURIComponent(PolicyVersion?.Document ?? ''), document('s3:Get2'))
    const { Policies } = await iam.listPolicies({ Scope: 'Local' })
    assert.deepEqual(
      Policies?.map(({ PolicyName }) => PolicyName),
      ['life'],
    )
    await refused(iam.deletePolicyVersion({ PolicyArn, VersionId: 'v2' }), 'DeleteConflictException', /default version/)
    await refused(iam.deletePolicy({ PolicyArn }), 'DeleteConflictException', /more than one version/)
    for (const VersionId of ['v1', 'v3', 'v4', 'v5']) await iam.deletePolicyVersion({ PolicyArn, VersionId })
    assert.equal((await iam.listPolicyVersions({ PolicyArn })).Versions?.length, 1)
    await iam.deletePolicy({ PolicyArn })
    await refused(iam.getPolicy({ PolicyArn }), 'NoSuchEntityException', /was not found/)
  },
)

parity(
  'SimulatePrincipalPolicy',
  verified('IAM API Reference, SimulatePrincipalPolicy and EvaluationResult'),
  'decides as requests are decided',
  async () => {
    const { iam } = at.owner
    const { User } = await iam.createUser({ UserName: 'simulated' })
    const Statement = [
      { Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::box/*' },
      { Effect: 'Deny', Action: 's3:Delete*', Resource: '*' },
    ]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.putUserPolicy({ UserName: 'simulated', PolicyName: 'p', PolicyDocument })
    const { EvaluationResults } = await iam.simulatePrincipalPolicy({
      PolicySourceArn: User?.Arn,
      ActionNames: ['s3:GetObject', 's3:DeleteObject', 'ecr:PutImage'],
      ResourceArns: ['arn:aws:s3:::box/key'],
    })
    assert.deepEqual(
      EvaluationResults?.map(({ EvalActionName, EvalDecision }) => [EvalActionName, EvalDecision]),
      [
        ['s3:GetObject', 'allowed'],
        ['s3:DeleteObject', 'explicitDeny'],
        ['ecr:PutImage', 'implicitDeny'],
      ],
    )
    assert.equal(EvaluationResults?.[1]?.MatchedStatements?.[0]?.SourcePolicyId, 'p')
  },
)

const network = [
  ...['CreateNetworkInterface', 'CreateNetworkInterfacePermission', 'DeleteNetworkInterface', 'DescribeVpcs'],
  ...['DeleteNetworkInterfacePermission', 'DescribeNetworkInterfaces', 'DescribeDhcpOptions', 'DescribeSubnets'],
  'DescribeSecurityGroups',
].map(name => `ec2:${name}`)
const allowed: [policy: string, actions: string[], resource: string][] = [
  [
    'AmazonSageMakerFullAccess',
    [...network, 'logs:PutLogEvents', 'ecr:BatchGetImage', 'cloudwatch:PutMetricData'],
    '*',
  ],
  ['AmazonSageMakerFullAccess', ['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::my-sagemaker-box/x'],
  ['AmazonS3ReadOnlyAccess', ['s3:GetObject', 's3-object-lambda:GetObject'], 'arn:aws:s3:::box/x'],
  ['CloudWatchFullAccess', ['logs:PutLogEvents', 'autoscaling:DescribePolicies', 'sns:Publish'], '*'],
  ['AWSMarketplaceManageSubscriptions', ['aws-marketplace:Subscribe', 'aws-marketplace:Unsubscribe'], '*'],
  [
    'AWSMarketplaceManageSubscriptions',
    ['aws-marketplace:GetOffer', 'aws-marketplace:GetOfferTerms'],
    'arn:aws:aws-marketplace:::catalog/AWSMarketplace/offer/offer-1',
  ],
]
const refusedBy: [policy: string, actions: string[], resource: string][] = [
  ['AmazonSageMakerFullAccess', ['iam:CreateRole', 'kms:Decrypt', 'logs:DeleteLogGroup'], '*'],
  ['AmazonSageMakerFullAccess', ['s3:GetObject'], 'arn:aws:s3:::box/x'],
  ['AWSMarketplaceManageSubscriptions', ['aws-marketplace:PutDeploymentParameter'], '*'],
]
parity(
  'SimulatePrincipalPolicy GetPolicy ListPolicyVersions GetPolicyVersion',
  verified('AWS Managed Policy Reference Guide'),
  "the policies that AWS provides allow what AWS's do",
  async () => {
    const { iam } = at.owner
    const cases = [
      ...allowed.map(one => [...one, 'allowed'] as const),
      ...refusedBy.map(one => [...one, 'implicitDeny'] as const),
    ]
    for (const [name, ActionNames, resource, decision] of cases) {
      const PolicyArn = `arn:aws:iam::aws:policy/${name}`
      const UserName = `has-${name}`
      const { User } = await iam.createUser({ UserName }).catch(() => iam.getUser({ UserName }))
      await iam.attachUserPolicy({ UserName, PolicyArn })
      const { EvaluationResults } = await iam.simulatePrincipalPolicy({
        ...{ PolicySourceArn: User?.Arn, ActionNames, ResourceArns: [resource] },
      })
      for (const { EvalActionName, EvalDecision } of EvaluationResults ?? [])
        assert.equal(EvalDecision, decision, `${name}: ${EvalActionName} on ${resource}`)
    }
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
    const { Policy } = await iam.getPolicy({ PolicyArn })
    assert.deepEqual([Policy?.DefaultVersionId, Policy?.CreateDate?.getUTCFullYear()], ['v3', 2015])
    const { Versions } = await iam.listPolicyVersions({ PolicyArn })
    const VersionId = Versions?.[0]?.VersionId
    const { PolicyVersion } = await iam.getPolicyVersion({ PolicyArn, VersionId })
    assert.equal(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')).Version, '2012-10-17')
    await refused(iam.getPolicyVersion({ PolicyArn, VersionId: 'v1' }), 'NoSuchEntityException', /version v1/)
  },
)

test('a buyer and a seller may ask of agreements what the policies of AWS for them say', async () => {
  const { iam } = at.owner
  const clientWith = async (UserName: string, policy: string) => {
    await iam.createUser({ UserName })
    await iam.attachUserPolicy({ UserName, PolicyArn: `arn:aws:iam::aws:policy/${policy}` })
    const { AccessKey: key } = await iam.createAccessKey({ UserName })
    const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
    return clientOf(MarketplaceAgreement, at, { credentials })
  }
  const search = (side: string) => ({
    filters: [
      { name: 'PartyType', values: [side] },
      { name: 'AgreementType', values: ['PurchaseAgreement'] },
    ],
  })
  const buyer = await clientWith('buyer', 'AWSMarketplaceManageSubscriptions')
  const seller = await clientWith('seller', 'AWSMarketplaceSellerFullAccess')
  assert.deepEqual((await seller.searchAgreements(search('Proposer'))).agreementViewSummaries, [])
  await refused(seller.searchAgreements(search('Acceptor')), 'AccessDeniedException', /SearchAgreements/)
  await buyer.listAgreementCharges({})
})
