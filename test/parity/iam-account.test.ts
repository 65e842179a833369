import assert from 'node:assert/strict'
import { IAM, paginateGetAccountAuthorizationDetails } from '@aws-sdk/client-iam'
import { STS } from '@aws-sdk/client-sts'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, unverified, verified } from './parity.ts'

const at = installation()
const parity = parityOf('IAM')
const parityOfSts = parityOf('STS')
const reference = verified('IAM API Reference')
const document = (Action: string, more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*', ...more }] })

parity(
  'CreateAccountAlias ListAccountAliases DeleteAccountAlias',
  reference,
  'one alias for each account',
  async () => {
    const { iam } = at.owner
    assert.deepEqual((await iam.listAccountAliases({})).AccountAliases, [])
    await iam.createAccountAlias({ AccountAlias: 'first-home' })
    await iam.createAccountAlias({ AccountAlias: 'home' })
    assert.deepEqual((await iam.listAccountAliases({})).AccountAliases, ['home'])
    const taken = 'The account alias home already exists.'
    await refused(at.stranger.iam.createAccountAlias({ AccountAlias: 'home' }), 'EntityAlreadyExistsException', taken)
    await refused(iam.createAccountAlias({ AccountAlias: 'Home' }), 'ValidationError', /at 'accountAlias'/)
    await refused(iam.deleteAccountAlias({ AccountAlias: 'first-home' }), 'NoSuchEntityException', /first-home/)
    await iam.deleteAccountAlias({ AccountAlias: 'home' })
    assert.deepEqual((await iam.listAccountAliases({})).AccountAliases, [])
  },
)

parity(
  'UpdateAccountPasswordPolicy GetAccountPasswordPolicy DeleteAccountPasswordPolicy',
  verified('IAM API Reference; IAM User Guide, Set an account password policy for IAM users'),
  'what is left out goes back to its default',
  async () => {
    const { iam, id } = at.owner
    const none = `The Password Policy with domain name ${id} cannot be found.`
    await refused(iam.getAccountPasswordPolicy({}), 'NoSuchEntityException', none)
    await refused(iam.deleteAccountPasswordPolicy({}), 'NoSuchEntityException', none)
    await refused(
      iam.updateAccountPasswordPolicy({ MinimumPasswordLength: 5 }),
      'ValidationError',
      /at 'minimumPasswordLength'/,
    )
    await iam.updateAccountPasswordPolicy({ RequireSymbols: true, MaxPasswordAge: 90 })
    await iam.updateAccountPasswordPolicy({ MinimumPasswordLength: 12, PasswordReusePrevention: 3 })
    assert.deepEqual((await iam.getAccountPasswordPolicy({})).PasswordPolicy, {
      ...{ MinimumPasswordLength: 12, PasswordReusePrevention: 3 },
      ...{ RequireSymbols: false, RequireNumbers: false, RequireUppercaseCharacters: false },
      ...{ RequireLowercaseCharacters: false, AllowUsersToChangePassword: false, HardExpiry: false },
      ExpirePasswords: false,
    })
    await iam.deleteAccountPasswordPolicy({})
  },
)

parity(
  'ListMFADevices ListSSHPublicKeys ListServiceSpecificCredentials ListSigningCertificates ListVirtualMFADevices',
  reference,
  'nobody has any, and who asks for a user that is not there is told so',
  async () => {
    const { iam } = at.owner
    const UserName = 'has-none'
    await iam.createUser({ UserName })
    assert.deepEqual((await iam.listMFADevices({ UserName })).MFADevices, [])
    assert.deepEqual((await iam.listSSHPublicKeys({ UserName })).SSHPublicKeys, [])
    assert.deepEqual((await iam.listServiceSpecificCredentials({ UserName })).ServiceSpecificCredentials, [])
    assert.deepEqual((await iam.listSigningCertificates({ UserName })).Certificates, [])
    assert.deepEqual((await iam.listVirtualMFADevices({})).VirtualMFADevices, [])
    const nobody = { UserName: 'nobody' }
    const gone = 'The user with name nobody cannot be found.'
    await refused(iam.listMFADevices(nobody), 'NoSuchEntityException', gone)
    await refused(iam.listSSHPublicKeys(nobody), 'NoSuchEntityException', gone)
    await refused(iam.listServiceSpecificCredentials(nobody), 'NoSuchEntityException', gone)
    await refused(iam.listSigningCertificates(nobody), 'NoSuchEntityException', gone)
    await iam.deleteUser({ UserName })
  },
)

parity(
  'CreateLoginProfile GetLoginProfile UpdateLoginProfile DeleteLoginProfile ChangePassword',
  unverified(
    'the rules are of IAM User Guide, Passwords in AWS; the texts of refusals are as public reports show them',
  ),
  'a password that is strong enough, changed by its user',
  async () => {
    const { iam } = at.owner
    const UserName = 'ann'
    await iam.createUser({ UserName })
    const { AccessKey: key } = await iam.createAccessKey({ UserName })
    const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
    const ann = clientOf(IAM, at, { credentials })
    const missing = 'Login Profile for User ann cannot be found.'
    await refused(iam.getLoginProfile({ UserName }), 'NoSuchEntityException', missing)
    await refused(iam.updateLoginProfile({ UserName }), 'NoSuchEntityException', missing)
    await refused(iam.deleteLoginProfile({ UserName }), 'NoSuchEntityException', missing)
    const weak = { UserName, Password: 'lowercase' }
    await refused(iam.createLoginProfile(weak), 'PasswordPolicyViolationException', /at least one uppercase letter/)
    const Password = 'Lowercase-1'
    const { LoginProfile } = await iam.createLoginProfile({ UserName, Password, PasswordResetRequired: true })
    assert.deepEqual([LoginProfile?.UserName, LoginProfile?.PasswordResetRequired], [UserName, true])
    await refused(iam.createLoginProfile({ UserName, Password }), 'EntityAlreadyExistsException', /already exists/)

    const change = { OldPassword: Password, NewPassword: 'Lowercase-2' }
    await refused(ann.changePassword(change), 'AccessDenied', /iam:ChangePassword/)
    await iam.updateAccountPasswordPolicy({ AllowUsersToChangePassword: true, PasswordReusePrevention: 2 })
    await refused(ann.changePassword({ ...change, OldPassword: 'other' }), 'AccessDenied', /old password/)
    await ann.changePassword(change)
    assert.equal((await iam.getLoginProfile({ UserName })).LoginProfile?.PasswordResetRequired, false)
    const back = { OldPassword: 'Lowercase-2', NewPassword: Password }
    await refused(ann.changePassword(back), 'PasswordPolicyViolationException', /used recently/)
    await iam.putUserPolicy({
      UserName,
      PolicyName: 'no',
      PolicyDocument: document('iam:ChangePassword').replace('Allow', 'Deny'),
    })
    await refused(ann.changePassword(back), 'AccessDenied', /explicit deny/)
    await refused(iam.changePassword(back), 'InvalidUserTypeException', /Only IAM Users/)
    await iam.updateLoginProfile({ UserName, Password: 'Lowercase-3', PasswordResetRequired: true })
    assert.equal((await iam.getLoginProfile({ UserName })).LoginProfile?.PasswordResetRequired, true)
    await iam.deleteUserPolicy({ UserName, PolicyName: 'no' })
    await iam.deleteAccessKey({ UserName, AccessKeyId: key?.AccessKeyId })
    await refused(iam.deleteUser({ UserName }), 'DeleteConflictException', /must delete login profile first/)
    await iam.deleteLoginProfile({ UserName })
    await iam.deleteUser({ UserName })
    await iam.deleteAccountPasswordPolicy({})
  },
)

parity(
  'TagPolicy ListPolicyTags UntagPolicy ListEntitiesForPolicy',
  reference,
  'tags of a policy, and who has it',
  async () => {
    const { iam } = at.owner
    const { Policy } = await iam.createPolicy({ PolicyName: 'shared', PolicyDocument: document('s3:*') })
    const PolicyArn = Policy?.Arn ?? ''
    await iam.tagPolicy({
      PolicyArn,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '' },
      ],
    })
    await iam.untagPolicy({ PolicyArn, TagKeys: ['a'] })
    assert.deepEqual((await iam.listPolicyTags({ PolicyArn })).Tags, [{ Key: 'b', Value: '' }])
    await refused(
      iam.tagPolicy({ PolicyArn, Tags: [{ Key: 'aws:x', Value: '' }] }),
      'InvalidInputException',
      /may not begin with aws:/,
    )
    const absent = { PolicyArn: `${PolicyArn}x` }
    await refused(iam.listPolicyTags(absent), 'NoSuchEntityException', /was not found/)
    await refused(iam.untagPolicy({ ...absent, TagKeys: ['a'] }), 'NoSuchEntityException', /was not found/)
    await refused(iam.listEntitiesForPolicy(absent), 'NoSuchEntityException', /was not found/)
    await iam.createUser({ UserName: 'holder', PermissionsBoundary: PolicyArn })
    await iam.createGroup({ GroupName: 'holders', Path: '/x/' })
    await iam.attachGroupPolicy({ GroupName: 'holders', PolicyArn })
    const found = await iam.listEntitiesForPolicy({ PolicyArn })
    assert.deepEqual(
      [found.PolicyGroups?.[0]?.GroupName, found.PolicyUsers?.[0]?.UserName, found.PolicyRoles],
      ['holders', 'holder', []],
    )
    const attached = await iam.listEntitiesForPolicy({ PolicyArn, PolicyUsageFilter: 'PermissionsPolicy' })
    assert.deepEqual([attached.PolicyGroups?.length, attached.PolicyUsers], [1, []])
    const elsewhere = await iam.listEntitiesForPolicy({ PolicyArn, PathPrefix: '/y/' })
    assert.deepEqual([elsewhere.PolicyGroups, elsewhere.PolicyUsers], [[], []])
    const groups = await iam.listEntitiesForPolicy({ PolicyArn, EntityFilter: 'Group' })
    assert.deepEqual([groups.PolicyGroups?.length, groups.PolicyUsers], [1, []])
  },
)

parity(
  'GetAccountSummary GetAccountAuthorizationDetails',
  reference,
  'everything of the account in one place',
  async () => {
    const { iam } = at.owner
    await iam.createUser({ UserName: 'told', Tags: [{ Key: 'a', Value: 'b' }] })
    await iam.putUserPolicy({ UserName: 'told', PolicyName: 'p', PolicyDocument: document('s3:*') })
    await iam.createGroup({ GroupName: 'told' })
    await iam.addUserToGroup({ GroupName: 'told', UserName: 'told' })
    const { Policy } = await iam.createPolicy({ PolicyName: 'told', PolicyDocument: document('s3:*') })
    await iam.attachGroupPolicy({ GroupName: 'told', PolicyArn: Policy?.Arn })
    const { SummaryMap: summary } = await iam.getAccountSummary({})
    const { Users } = await iam.listUsers({})
    assert.deepEqual([summary?.Users, summary?.AccountAccessKeysPresent], [Users?.length, 1])
    assert.ok((summary?.Policies ?? 0) >= 1 && summary?.VersionsPerPolicyQuota === 5)

    const whole = await iam.getAccountAuthorizationDetails({})
    const user = whole.UserDetailList?.find(({ UserName }) => UserName === 'told')
    assert.deepEqual(
      [user?.GroupList, user?.UserPolicyList?.[0]?.PolicyName, user?.Tags],
      [['told'], 'p', [{ Key: 'a', Value: 'b' }]],
    )
    const group = whole.GroupDetailList?.find(({ GroupName }) => GroupName === 'told')
    assert.equal(group?.AttachedManagedPolicies?.[0]?.PolicyArn, Policy?.Arn)
    const worker = whole.RoleDetailList?.find(({ RoleName }) => RoleName === 'Worker')
    assert.ok(decodeURIComponent(worker?.AssumeRolePolicyDocument ?? '').includes('sagemaker.amazonaws.com'))
    const own = whole.Policies?.find(({ PolicyName }) => PolicyName === 'told')
    assert.equal(decodeURIComponent(own?.PolicyVersionList?.[0]?.Document ?? ''), document('s3:*'))
    assert.ok(whole.Policies?.some(({ PolicyName }) => PolicyName === 'AmazonSageMakerFullAccess'))

    const counted = { users: 0, groups: 0, roles: 0, policies: 0 }
    for await (const page of paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 1 }, {})) {
      counted.users += page.UserDetailList?.length ?? 0
      counted.groups += page.GroupDetailList?.length ?? 0
      counted.roles += page.RoleDetailList?.length ?? 0
      counted.policies += page.Policies?.length ?? 0
    }
    assert.deepEqual(counted, {
      users: whole.UserDetailList?.length,
      groups: whole.GroupDetailList?.length,
      roles: whole.RoleDetailList?.length,
      policies: whole.Policies?.length,
    })
    const roles = await iam.getAccountAuthorizationDetails({ Filter: ['Role'] })
    assert.deepEqual([roles.UserDetailList, roles.RoleDetailList?.length], [[], whole.RoleDetailList?.length])
    await refused(iam.getAccountAuthorizationDetails({ Marker: 'forged' }), 'ValidationError', /Marker/)
    const { User } = await iam.createUser({ UserName: 'powerless' })
    const { AccessKey: key } = await iam.createAccessKey({ UserName: User?.UserName })
    const credentials = { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' }
    await refused(clientOf(IAM, at, { credentials }).getAccountSummary({}), 'AccessDenied', /iam:GetAccountSummary/)
  },
)

parity(
  'SimulateCustomPolicy GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy',
  verified('IAM API Reference, SimulateCustomPolicy and GetContextKeysForCustomPolicy'),
  'policies that nobody has yet',
  async () => {
    const { iam } = at.owner
    const Condition = { StringEquals: { 'aws:RequestTag/team': `${'$'}{aws:username}` } }
    const PolicyInputList = [document('s3:*', { Condition })]
    const asked = { PolicyInputList, ActionNames: ['s3:GetObject'] }
    const without = await iam.simulateCustomPolicy(asked)
    assert.deepEqual(
      [without.EvaluationResults?.[0]?.EvalDecision, without.EvaluationResults?.[0]?.MissingContextValues],
      ['implicitDeny', ['aws:RequestTag/team']],
    )
    const entry = (ContextKeyName: string) => ({
      ContextKeyName,
      ContextKeyValues: ['red'],
      ContextKeyType: 'string' as const,
    })
    const ContextEntries = [entry('aws:RequestTag/team'), entry('aws:username')]
    const given = await iam.simulateCustomPolicy({ ...asked, ContextEntries })
    assert.equal(given.EvaluationResults?.[0]?.EvalDecision, 'allowed')
    const bounded = await iam.simulateCustomPolicy({
      ...{ ...asked, ContextEntries },
      PermissionsBoundaryPolicyInputList: [document('ecr:*')],
    })
    assert.equal(bounded.EvaluationResults?.[0]?.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary, false)
    await refused(
      iam.simulateCustomPolicy({ ...asked, PolicyInputList: ['{'] }),
      'InvalidInputException',
      /Syntax errors/,
    )
    const keys = ['aws:RequestTag/team', 'aws:username']
    assert.deepEqual((await iam.getContextKeysForCustomPolicy({ PolicyInputList })).ContextKeyNames, keys)
    await refused(
      iam.getContextKeysForCustomPolicy({ PolicyInputList: ['{'] }),
      'InvalidInputException',
      'Syntax errors in policy.',
    )
    const { User } = await iam.createUser({ UserName: 'asked' })
    await iam.putUserPolicy({ UserName: 'asked', PolicyName: 'p', PolicyDocument: PolicyInputList[0] })
    const PolicySourceArn = User?.Arn ?? ''
    assert.deepEqual((await iam.getContextKeysForPrincipalPolicy({ PolicySourceArn })).ContextKeyNames, keys)
    await refused(
      iam.getContextKeysForPrincipalPolicy({ PolicySourceArn: `${PolicySourceArn}x` }),
      'NoSuchEntityException',
      /askedx/,
    )
  },
)

parityOfSts(
  'GetAccessKeyInfo',
  verified('AWS STS API Reference, GetAccessKeyInfo'),
  'whose an access key is',
  async () => {
    const sts = clientOf(STS, at, { credentials: at.stranger.credentials })
    const { accessKeyId: AccessKeyId } = at.owner.credentials
    assert.equal((await sts.getAccessKeyInfo({ AccessKeyId })).Account, at.owner.id)
    await refused(sts.getAccessKeyInfo({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' }), 'ValidationError', /AccessKeyId/)
  },
)
