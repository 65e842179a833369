import assert from 'node:assert/strict'
import { IAM } from '@aws-sdk/client-iam'
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
