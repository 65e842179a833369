// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../service/principal.ts'
import { rootPrincipal, userPrincipal } from './credential.ts'
import { type Decision, evaluate, type Layer } from './evaluate.ts'
import { requestContext } from './evaluation-context.ts'
import { parsePolicy } from './policy.ts'

// Every case names the AWS document whose rule it checks.
const logic = 'IAM User Guide, Policy evaluation logic'
const basics = 'IAM User Guide, Policy evaluation for requests within a single account'
const cross = 'IAM User Guide, Cross-account policy evaluation logic'
const boundaries = 'IAM User Guide, Permissions boundaries for IAM entities'
const elements = 'IAM User Guide, IAM JSON policy elements reference'
const operators = 'IAM User Guide, IAM JSON policy elements: Condition operators'
const multi = 'IAM User Guide, Set operators for multivalued context keys'
const variables = 'IAM User Guide, IAM policy elements: Variables and tags'
const principals = 'IAM User Guide, AWS JSON policy elements: Principal'
const notPrincipal = 'IAM User Guide, AWS JSON policy elements: NotPrincipal'
const globals = 'IAM User Guide, AWS global condition context keys'
const keyPolicies = 'AWS KMS Developer Guide, Key policies in AWS KMS'
const bucketPolicies = 'Amazon S3 User Guide, Bucket policies for Amazon S3'

const home = '111122223333'
const abroad = '444455556666'
const root = rootPrincipal(home)
const user = userPrincipal(`arn:aws:iam::${home}:user/team/ann`, 'AIDAEXAMPLE')
const roleArn = `arn:aws:iam::${home}:role/jobs/worker`
const session: Principal = {
  kind: 'assumed-role',
  account: home,
  arn: `arn:aws:sts::${home}:assumed-role/worker/run-1`,
  userId: 'AROAEXAMPLE:run-1',
  identityArn: roleArn,
}
const anonymous: Principal = { kind: 'anonymous', account: '', arn: '', userId: '' }
const service: Principal = { kind: 'service', account: home, arn: 'logs.amazonaws.com', userId: 'logs.amazonaws.com' }

type Statement = Record<string, unknown>
const allow = (more: Statement = {}): Statement => ({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...more })
const deny = (more: Statement = {}): Statement => ({ ...allow(more), Effect: 'Deny' })
const given = (condition: object): Statement => allow({ Condition: condition })
const to = (principal: unknown, more: Statement = {}): Statement => allow({ Principal: principal, ...more })

interface Case {
  by?: Principal
  action?: string
  resource?: string
  owner?: string
  identity?: Statement[]
  boundary?: Statement[]
  session?: Statement[]
  policy?: Statement[]
  conditions?: Record<string, string | string[]>
  version?: string
  tags?: Record<string, string>
  gives: 'allowed' | `${'explicit' | 'implicit'}: ${Layer}`
}

const explicitIdentity = 'explicit: identity-based policy'
const noIdentity = 'implicit: identity-based policy'
const noResource = 'implicit: resource-based policy'

// biome-ignore format: one case per line reads as a table
const cases: [document: string, rule: string, what: Case][] = [
  [logic, 'nothing allows: denied', { gives: noIdentity }],
  [logic, 'root may do all in its account', { by: root, gives: 'allowed' }],
  [logic, 'an identity policy allows', { identity: [allow()], gives: 'allowed' }],
  [logic, 'an explicit deny beats an allow', { identity: [allow(), deny()], gives: explicitIdentity }],
  [logic, 'a deny of something else does not', { identity: [allow(), deny({ Action: 's3:PutObject' })], gives: 'allowed' }],
  [logic, 'a resource policy may deny root', { by: root, policy: [{ ...to('*'), Effect: 'Deny' }], gives: 'explicit: resource-based policy' }],
  [bucketPolicies, 'but root can mend the bucket policy', { by: root, action: 's3:PutBucketPolicy', policy: [{ ...to('*', { Action: 's3:*' }), Effect: 'Deny' }], gives: 'allowed' }],

  [basics, 'a resource policy that names the user suffices', { policy: [to({ AWS: user.arn })], gives: 'allowed' }],
  [basics, 'even beyond the boundary', { policy: [to({ AWS: user.arn })], boundary: [allow({ Action: 'ecr:*' })], gives: 'allowed' }],
  [basics, 'one that names another user does not', { policy: [to({ AWS: `${user.arn}e` })], gives: noIdentity }],
  [basics, 'one that names the role suffices', { by: session, policy: [to({ AWS: roleArn })], gives: 'allowed' }],
  [basics, 'but within the boundary of the role', { by: session, policy: [to({ AWS: roleArn })], boundary: [allow({ Action: 'ecr:*' })], gives: 'implicit: permissions boundary' }],
  [basics, 'and within its session policy', { by: session, policy: [to({ AWS: roleArn })], session: [allow({ Action: 'ecr:*' })], gives: 'implicit: session policy' }],
  [basics, 'one that names the session is not limited', { by: session, policy: [to({ AWS: session.arn })], boundary: [allow({ Action: 'ecr:*' })], session: [allow({ Action: 'ecr:*' })], gives: 'allowed' }],
  [basics, 'an explicit deny in a boundary holds all the same', { by: session, policy: [to({ AWS: session.arn })], boundary: [allow({ Action: '*' }), deny()], gives: 'explicit: permissions boundary' }],
  [basics, 'an explicit deny in a session policy', { by: session, identity: [allow()], session: [allow(), deny()], gives: 'explicit: session policy' }],
  [basics, 'a session policy limits the role', { by: session, identity: [allow({ Action: '*' })], session: [allow({ Action: 's3:Put*' })], gives: 'implicit: session policy' }],
  [basics, 'and leaves what both allow', { by: session, identity: [allow({ Action: '*' })], session: [allow()], gives: 'allowed' }],
  [basics, 'a session policy gives nothing by itself', { by: session, session: [allow()], gives: noIdentity }],

  [boundaries, 'a boundary gives nothing by itself', { boundary: [allow()], gives: noIdentity }],
  [boundaries, 'a boundary limits the identity policy', { identity: [allow()], boundary: [allow({ Action: 'ecr:*' })], gives: 'implicit: permissions boundary' }],
  [boundaries, 'what both allow is allowed', { identity: [allow()], boundary: [allow({ Action: 's3:*' })], gives: 'allowed' }],

  [cross, 'both sides allow', { owner: abroad, identity: [allow()], policy: [to({ AWS: user.arn })], gives: 'allowed' }],
  [cross, 'naming the account delegates to it', { owner: abroad, identity: [allow()], policy: [to({ AWS: home })], gives: 'allowed' }],
  [cross, 'only the identity side', { owner: abroad, identity: [allow()], gives: noResource }],
  [cross, 'only the resource side', { owner: abroad, policy: [to({ AWS: user.arn })], gives: noIdentity }],
  [cross, 'a public resource still needs the identity side', { owner: abroad, policy: [to('*')], gives: noIdentity }],
  [cross, 'root of another account needs the resource side', { by: root, owner: abroad, gives: noResource }],
  [cross, 'and with it is allowed', { by: root, owner: abroad, policy: [to({ AWS: `arn:aws:iam::${home}:root` })], gives: 'allowed' }],
  [cross, 'the boundary counts abroad too', { owner: abroad, identity: [allow()], boundary: [allow({ Action: 'ecr:*' })], policy: [to({ AWS: user.arn })], gives: 'implicit: permissions boundary' }],

  [principals, 'within the account, naming the account delegates', { policy: [to({ AWS: home })], gives: noIdentity }],
  [principals, 'everyone', { policy: [to('*')], gives: 'allowed' }],
  [principals, 'everyone, in the other form', { policy: [to({ AWS: '*' })], gives: 'allowed' }],
  [principals, 'anonymous by everyone', { by: anonymous, owner: home, policy: [to('*')], gives: 'allowed' }],
  [principals, 'anonymous is not an account', { by: anonymous, owner: home, policy: [to({ AWS: [home, user.arn] })], gives: noResource }],
  [principals, 'anonymous without a policy', { by: anonymous, owner: home, gives: noResource }],
  [principals, 'anonymous denied', { by: anonymous, owner: home, policy: [to('*'), { ...to('*'), Effect: 'Deny' }], gives: 'explicit: resource-based policy' }],
  [principals, 'several principals', { by: session, policy: [to({ AWS: [abroad, roleArn], Service: 'ecr.amazonaws.com' })], gives: 'allowed' }],
  [principals, 'a service abroad by its name', { by: service, owner: abroad, policy: [to({ Service: 'logs.amazonaws.com' })], gives: 'allowed' }],
  [principals, 'another service', { by: service, owner: abroad, policy: [to({ Service: 'ecr.amazonaws.com' })], gives: noResource }],
  ['Modelmart', 'the platform acts for the account it names', { by: service, gives: 'allowed' }],
  [keyPolicies, 'and may use its keys', { by: service, action: 'kms:Decrypt', policy: [to({ AWS: home }, { Action: 'kms:*' })], gives: 'allowed' }],
  ['IAM User Guide, Roles terms and concepts', 'but takes on no role that does not trust it', { by: service, action: 'sts:AssumeRole', policy: [to({ AWS: home }, { Action: 'sts:AssumeRole' })], gives: noResource }],
  [globals, 'a service for one account only', { by: service, owner: abroad, policy: [to({ Service: 'logs.amazonaws.com' }, { Condition: { StringEquals: { 'aws:SourceAccount': abroad } } })], gives: noResource }],

  [notPrincipal, 'denies whom it does not list', { identity: [allow()], policy: [deny({ NotPrincipal: { AWS: [home, roleArn] } })], gives: 'explicit: resource-based policy' }],
  [notPrincipal, 'spares user with account', { identity: [allow()], policy: [deny({ NotPrincipal: { AWS: [`arn:aws:iam::${home}:root`, user.arn] } })], gives: 'allowed' }],
  [notPrincipal, 'a role session is listed with role and account', { by: session, identity: [allow()], policy: [deny({ NotPrincipal: { AWS: [home, roleArn, session.arn] } })], gives: 'allowed' }],
  [notPrincipal, 'the role alone does not spare the session', { by: session, identity: [allow()], policy: [deny({ NotPrincipal: { AWS: [home, roleArn] } })], gives: 'explicit: resource-based policy' }],

  [keyPolicies, 'identity policies do not count unless the key policy lets them', { action: 'kms:Decrypt', identity: [allow({ Action: 'kms:*' })], policy: [to({ AWS: abroad }, { Action: 'kms:*' })], gives: noResource }],
  [keyPolicies, 'it lets them by naming the account', { action: 'kms:Decrypt', identity: [allow({ Action: 'kms:*' })], policy: [to({ AWS: home }, { Action: 'kms:*' })], gives: 'allowed' }],
  [keyPolicies, 'naming the account alone gives nothing', { action: 'kms:Decrypt', policy: [to({ AWS: home }, { Action: 'kms:*' })], gives: noIdentity }],
  [keyPolicies, 'root has no more than the key policy says', { by: root, action: 'kms:Decrypt', policy: [to({ AWS: user.arn }, { Action: 'kms:*' })], gives: noResource }],

  [elements, 'action wildcards', { identity: [allow({ Action: 's3:Get*' })], gives: 'allowed' }],
  [elements, 'action ?', { identity: [allow({ Action: 's3:GetObjec?' })], gives: 'allowed' }],
  [elements, 'actions ignore case', { identity: [allow({ Action: 'S3:getobject' })], gives: 'allowed' }],
  [elements, 'several actions', { identity: [allow({ Action: ['ecr:*', 's3:*'] })], gives: 'allowed' }],
  [elements, 'another service', { identity: [allow({ Action: 's3x:*' })], gives: noIdentity }],
  [elements, 'NotAction allows the others', { identity: [allow({ Action: undefined, NotAction: 'iam:*' })], gives: 'allowed' }],
  [elements, 'NotAction leaves out its own', { identity: [allow({ Action: undefined, NotAction: 's3:Get*' })], gives: noIdentity }],
  [elements, 'resource', { identity: [allow({ Resource: 'arn:aws:s3:::box/key' })], gives: 'allowed' }],
  [elements, 'resource wildcard', { identity: [allow({ Resource: ['arn:aws:s3:::x', 'arn:aws:s3:::bo?/*'] })], gives: 'allowed' }],
  [elements, 'resources mind case', { identity: [allow({ Resource: 'arn:aws:s3:::Box/key' })], gives: noIdentity }],
  [elements, 'a wildcard does not span colons', { resource: 'arn:aws:s3:us:1:more:box', identity: [allow({ Resource: 'arn:aws:s3:*:*:box' })], gives: noIdentity }],
  [elements, 'but may in the last component', { resource: 'arn:aws:logs:us:1:log-group:g:log-stream:s', identity: [allow({ Resource: 'arn:aws:logs:*:*:log-group:g:*' })], gives: 'allowed' }],
  [elements, 'NotResource', { identity: [allow({ Resource: undefined, NotResource: 'arn:aws:s3:::box/*' })], gives: noIdentity }],
  [elements, 'NotResource allows the others', { identity: [allow({ Resource: undefined, NotResource: 'arn:aws:s3:::other/*' })], gives: 'allowed' }],
  [elements, 'an action without a resource needs *', { resource: '*', identity: [allow({ Resource: 'arn:aws:s3:::*' })], gives: noIdentity }],

  [variables, 'the user name', { resource: 'arn:aws:s3:::box/ann/1', identity: [allow({ Resource: 'arn:aws:s3:::box/${aws:username}/*' })], gives: 'allowed' }],
  [variables, 'another user', { resource: 'arn:aws:s3:::box/bob/1', identity: [allow({ Resource: 'arn:aws:s3:::box/${aws:username}/*' })], gives: noIdentity }],
  [variables, 'absent for roles: nothing matches', { by: session, resource: 'arn:aws:s3:::box//1', identity: [allow({ Resource: 'arn:aws:s3:::box/${aws:username}/*' })], gives: noIdentity }],
  [variables, 'with a default', { by: session, resource: 'arn:aws:s3:::box/all/1', identity: [allow({ Resource: "arn:aws:s3:::box/${aws:username, 'all'}/*" })], gives: 'allowed' }],
  [variables, 'account and user id', { resource: `arn:aws:s3:::b-${home}/AIDAEXAMPLE`, identity: [allow({ Resource: 'arn:aws:s3:::b-${aws:PrincipalAccount}/${aws:userid}' })], gives: 'allowed' }],
  [variables, 'not in the old version', { version: '2008-10-17', resource: 'arn:aws:s3:::box/ann/1', identity: [allow({ Resource: 'arn:aws:s3:::box/${aws:username}/*' })], gives: noIdentity }],
  [variables, 'an escaped star is a star', { resource: 'arn:aws:s3:::box/*', identity: [allow({ Resource: 'arn:aws:s3:::box/${*}' })], gives: 'allowed' }],
  [variables, 'and nothing else', { identity: [allow({ Resource: 'arn:aws:s3:::box/${*}' })], gives: noIdentity }],
  [variables, 'a star in a value is no wildcard', { conditions: { 's3:prefix': '*' }, identity: [allow({ Resource: 'arn:aws:s3:::box/${s3:prefix}' })], gives: noIdentity }],
  [variables, 'in a condition', { conditions: { 's3:prefix': 'home/ann' }, identity: [given({ StringLike: { 's3:prefix': 'home/${aws:username}*' } })], gives: 'allowed' }],
  [variables, 'a principal tag', { tags: { team: 'red' }, resource: 'arn:aws:s3:::box/red', identity: [allow({ Resource: 'arn:aws:s3:::box/${aws:PrincipalTag/team}' })], gives: 'allowed' }],

  [operators, 'all conditions must hold', { conditions: { 's3:a': '1', 's3:b': '2' }, identity: [given({ StringEquals: { 's3:a': '1', 's3:b': '3' } })], gives: noIdentity }],
  [operators, 'one of the values suffices', { conditions: { 's3:a': '1' }, identity: [given({ StringEquals: { 's3:a': ['0', '1'] } })], gives: 'allowed' }],
  [operators, 'all operators must hold', { conditions: { 's3:a': '1' }, identity: [given({ StringEquals: { 's3:a': '1' }, Bool: { 'aws:SecureTransport': 'false' } })], gives: noIdentity }],
  [operators, 'an absent key does not match', { identity: [given({ StringEquals: { 's3:a': '1' } })], gives: noIdentity }],
  [operators, 'an absent key matches a negated operator', { identity: [given({ StringNotEquals: { 's3:a': '1' } })], gives: 'allowed' }],
  [operators, 'StringNotEquals means none of the values', { conditions: { 's3:a': '1' }, identity: [given({ StringNotEquals: { 's3:a': ['0', '1'] } })], gives: noIdentity }],
  [operators, 'StringEquals has no wildcards', { conditions: { 's3:a': 'abc' }, identity: [given({ StringEquals: { 's3:a': 'a*' } })], gives: noIdentity }],
  [operators, 'StringLike has', { conditions: { 's3:a': 'abc' }, identity: [given({ StringLike: { 's3:a': 'a?*' } })], gives: 'allowed' }],
  [operators, 'StringNotLike', { conditions: { 's3:a': 'abc' }, identity: [given({ StringNotLike: { 's3:a': 'a*' } })], gives: noIdentity }],
  [operators, 'StringEqualsIgnoreCase', { conditions: { 's3:a': 'ABC' }, identity: [given({ StringEqualsIgnoreCase: { 's3:a': 'abc' } })], gives: 'allowed' }],
  [operators, 'keys ignore case', { conditions: { 'S3:A': '1' }, identity: [given({ StringEquals: { 's3:a': '1' } })], gives: 'allowed' }],
  [operators, 'IfExists holds for an absent key', { identity: [given({ StringEqualsIfExists: { 's3:a': '1' } })], gives: 'allowed' }],
  [operators, 'IfExists compares a present one', { conditions: { 's3:a': '2' }, identity: [given({ StringEqualsIfExists: { 's3:a': '1' } })], gives: noIdentity }],
  [operators, 'numbers', { conditions: { 's3:max-keys': '10' }, identity: [given({ NumericLessThanEquals: { 's3:max-keys': 10 } })], gives: 'allowed' }],
  [operators, 'numbers are not texts', { conditions: { 's3:max-keys': '9' }, identity: [given({ NumericLessThan: { 's3:max-keys': '10' } })], gives: 'allowed' }],
  [operators, 'no number does not match', { conditions: { 's3:max-keys': 'x' }, identity: [given({ NumericLessThan: { 's3:max-keys': '10' } })], gives: noIdentity }],
  [operators, 'NumericNotEquals', { conditions: { 's3:max-keys': '10.0' }, identity: [given({ NumericNotEquals: { 's3:max-keys': '10' } })], gives: noIdentity }],
  [operators, 'dates', { identity: [given({ DateGreaterThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' }, DateLessThan: { 'aws:CurrentTime': '2027-01-01' } })], gives: 'allowed' }],
  [operators, 'dates as epoch seconds', { identity: [given({ DateLessThan: { 'aws:EpochTime': '1767225600' } })], gives: noIdentity }],
  [operators, 'booleans', { identity: [given({ Bool: { 'aws:SecureTransport': true } })], gives: 'allowed' }],
  [operators, 'binary', { conditions: { 's3:b': 'QmluYXJ5' }, identity: [given({ BinaryEquals: { 's3:b': 'QmluYXJ5' } })], gives: 'allowed' }],
  [operators, 'an address range', { identity: [given({ IpAddress: { 'aws:SourceIp': ['192.0.2.0/24', '203.0.113.0/24'] } })], gives: 'allowed' }],
  [operators, 'outside of it', { identity: [given({ NotIpAddress: { 'aws:SourceIp': '203.0.113.7' } })], gives: noIdentity }],
  [operators, 'IPv6', { conditions: { 'aws:SourceIp': '2001:db8:1::1' }, identity: [given({ IpAddress: { 'aws:SourceIp': '2001:db8::/32' } })], gives: 'allowed' }],
  [operators, 'ARNs by component', { conditions: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:123456789012:T' }, identity: [given({ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:123456789012:*' } })], gives: 'allowed' }],
  [operators, 'ARNs do not span', { conditions: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:123456789012:T' }, identity: [given({ ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:*:*:*:T' } })], gives: noIdentity }],
  [operators, 'ArnNotLike', { conditions: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:1:T' }, identity: [given({ ArnNotLike: { 'aws:SourceArn': 'arn:aws:sns:*:*:*' } })], gives: noIdentity }],
  [operators, 'Null true: the key is absent', { identity: [given({ Null: { 's3:a': 'true' } })], gives: 'allowed' }],
  [operators, 'Null false: the key is there', { conditions: { 's3:a': '' }, identity: [given({ Null: { 's3:a': false } })], gives: 'allowed' }],

  [operators, 'StringNotEqualsIgnoreCase', { conditions: { 's3:a': 'ABC' }, identity: [given({ StringNotEqualsIgnoreCase: { 's3:a': 'abc' } })], gives: noIdentity }],
  [operators, 'NumericEquals', { conditions: { 's3:max-keys': '1e1' }, identity: [given({ NumericEquals: { 's3:max-keys': '10' } })], gives: noIdentity }],
  [operators, 'NumericGreaterThan', { conditions: { 's3:max-keys': '10' }, identity: [given({ NumericGreaterThan: { 's3:max-keys': '10' } })], gives: noIdentity }],
  [operators, 'NumericGreaterThanEquals', { conditions: { 's3:max-keys': '10' }, identity: [given({ NumericGreaterThanEquals: { 's3:max-keys': '10' } })], gives: 'allowed' }],
  [operators, 'DateEquals, whatever the form', { conditions: { 's3:date': '2026-11-20T12:00:00Z' }, identity: [given({ DateEquals: { 's3:date': '2026-11-20T13:00:00+01:00' } })], gives: 'allowed' }],
  [operators, 'DateNotEquals', { conditions: { 's3:date': '2026-11-20T12:00:00Z' }, identity: [given({ DateNotEquals: { 's3:date': '2026-11-20T12:00:00Z' } })], gives: noIdentity }],
  [operators, 'DateLessThanEquals and DateGreaterThanEquals hold at the time itself', { identity: [given({ DateLessThanEquals: { 'aws:CurrentTime': '2026-11-20T12:00:00Z' }, DateGreaterThanEquals: { 'aws:CurrentTime': '2026-11-20T12:00:00Z' } })], gives: 'allowed' }],
  [operators, 'Bool of an absent key does not match', { identity: [given({ Bool: { 's3:a': 'false' } })], gives: noIdentity }],
  [operators, 'ArnNotEquals', { conditions: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:1:T' }, identity: [given({ ArnNotEquals: { 'aws:SourceArn': 'arn:aws:sns:us-east-1:1:U' } })], gives: 'allowed' }],
  [operators, 'StringLike minds case', { conditions: { 's3:a': 'ABC' }, identity: [given({ StringLike: { 's3:a': 'a*' } })], gives: noIdentity }],
  [operators, 'operators ignore case', { conditions: { 's3:a': 'abc' }, identity: [given({ stringlike: { 's3:a': 'a*' } })], gives: 'allowed' }],
  [operators, 'a deny with a condition on an absent key does not deny', { identity: [allow(), { ...given({ StringEquals: { 's3:a': '1' } }), Effect: 'Deny' }], gives: 'allowed' }],
  [operators, 'a deny with IfExists on an absent key denies', { identity: [allow(), { ...given({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }), Effect: 'Deny' }], gives: explicitIdentity }],
  [multi, 'ForAllValues with Null guards against absent keys', { identity: [given({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' }, Null: { 'aws:TagKeys': 'false' } })], gives: noIdentity }],
  [multi, 'ForAnyValue:StringEqualsIfExists without the key', { identity: [given({ 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': 'a' } })], gives: 'allowed' }],
  [multi, 'ForAllValues: each value is among them', { conditions: { 'aws:TagKeys': ['a', 'b'] }, identity: [given({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b', 'c'] } })], gives: 'allowed' }],
  [multi, 'ForAllValues: one is not', { conditions: { 'aws:TagKeys': ['a', 'x'] }, identity: [given({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } })], gives: noIdentity }],
  [multi, 'ForAllValues holds when there are none', { identity: [given({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'a' } })], gives: 'allowed' }],
  [multi, 'ForAnyValue: one is among them', { conditions: { 'aws:TagKeys': ['x', 'b'] }, identity: [given({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a', 'b'] } })], gives: 'allowed' }],
  [multi, 'ForAnyValue fails when there are none', { identity: [given({ 'ForAnyValue:StringLike': { 'aws:TagKeys': '*' } })], gives: noIdentity }],
  [multi, 'ForAnyValue with a negated operator', { conditions: { 'aws:TagKeys': ['a', 'x'] }, identity: [given({ 'ForAnyValue:StringNotEquals': { 'aws:TagKeys': 'a' } })], gives: 'allowed' }],
  [multi, 'ForAllValues with a negated operator', { conditions: { 'aws:TagKeys': ['a', 'x'] }, identity: [given({ 'ForAllValues:StringNotEquals': { 'aws:TagKeys': 'a' } })], gives: noIdentity }],

  [globals, 'aws:PrincipalArn is the role of a session', { by: session, identity: [given({ ArnEquals: { 'aws:PrincipalArn': roleArn } })], gives: 'allowed' }],
  [globals, 'aws:PrincipalAccount', { policy: [to('*', { Condition: { StringEquals: { 'aws:PrincipalAccount': abroad } } })], gives: noIdentity }],
  [globals, 'aws:RequestedRegion', { resource: 'arn:aws:sagemaker:eu-west-1:1:x/y', identity: [given({ StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } })], gives: 'allowed' }],
  [globals, 'aws:ResourceAccount', { identity: [given({ StringEquals: { 'aws:ResourceAccount': '${aws:PrincipalAccount}' } })], gives: 'allowed' }],
  [globals, 'aws:RequestTag', { conditions: { 'aws:RequestTag/team': 'red' }, identity: [given({ StringEquals: { 'aws:RequestTag/team': 'red' } })], gives: 'allowed' }],
  [globals, 'aws:PrincipalTag against aws:ResourceTag', { tags: { team: 'red' }, conditions: { 'aws:ResourceTag/team': 'blue' }, identity: [given({ StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } })], gives: noIdentity }],
  [globals, 'aws:PrincipalType', { by: session, identity: [given({ StringEquals: { 'aws:PrincipalType': 'AssumedRole' } })], gives: 'allowed' }],
  [globals, 'aws:userid of a session', { by: session, identity: [given({ StringLike: { 'aws:userid': 'AROAEXAMPLE:*' } })], gives: 'allowed' }],
  [globals, 'aws:MultiFactorAuthPresent is absent for long-term keys', { identity: [given({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } })], gives: 'allowed' }],
]

for (const [document, rule, what] of cases)
  test(`${document}: ${rule}`, () => assert.equal(word(decide(what)), what.gives))

function decide(what: Case): Decision {
  const {
    by: principal = user,
    action = 's3:GetObject',
    resource = 'arn:aws:s3:::box/key',
    owner = principal.account,
  } = what
  const parse = (statements: Statement[], kind: 'identity' | 'resource') =>
    parsePolicy(JSON.stringify({ Version: what.version ?? '2012-10-17', Statement: statements }), kind)
  const lookup = requestContext({
    principal,
    access: { action, resource, owner, conditions: what.conditions ?? {} },
    owner,
    now: new Date('2026-11-20T12:00:00Z'),
    surroundings: { sourceIp: '203.0.113.7' },
    tags: what.tags ?? {},
  })
  return evaluate(
    { principal, action, resource, owner, lookup },
    {
      identity: what.identity ? [parse(what.identity, 'identity')] : [],
      boundary: what.boundary && parse(what.boundary, 'identity'),
      session: what.session && [parse(what.session, 'identity')],
      resource: what.policy && parse(what.policy, 'resource'),
    },
  )
}

const word = ({ outcome, layer }: Decision): string =>
  outcome === 'allowed' ? outcome : `${outcome === 'explicitDeny' ? 'explicit' : 'implicit'}: ${layer}`
