import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { awsManagedPolicies } from './aws-managed-policy.ts'
import { checkIdentityPolicy } from './identity-grammar.ts'
import { MalformedPolicy } from './policy.ts'

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const on = (Resource: unknown) => policy({ ...statement, Resource })
const doing = (Action: unknown) => policy({ ...statement, Action })
const given = (Condition: unknown) => policy({ ...statement, Condition })

const syntax = 'Syntax errors in policy.'
const legacy = 'The policy failed legacy parsing'
const prefaced = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'
const paths =
  'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/.'

// AWS's words as IAM User Guide and public reports of its answers show them.
const refused: [string, string, string][] = [
  ['no text', '', syntax],
  ['a list', '[]', syntax],
  ['no statement', '{"Version":"2012-10-17"}', syntax],
  ['an empty list of statements', policy(), syntax],
  ['a version that does not exist', '{"Version":"2020-01-01","Statement":[]}', syntax],
  ['an element that does not exist', policy({ ...statement, Actions: 's3:*' }), syntax],
  ['no effect', policy({ ...statement, Effect: undefined }), syntax],
  ['another effect', policy({ ...statement, Effect: 'Maybe' }), syntax],
  ['both Action and NotAction', policy({ ...statement, NotAction: 's3:*' }), syntax],
  ['both Resource and NotResource', policy({ ...statement, NotResource: '*' }), syntax],
  ['an action that is a number', doing(1), syntax],
  ['a Sid that is a number', policy({ ...statement, Sid: 1 }), syntax],
  ['an operator that does not exist', given({ StringIs: { 'a:b': 'c' } }), syntax],
  ['a condition that is a text', given('x'), syntax],
  ['no version', JSON.stringify({ Statement: statement }), 'Policy document must be version 2012-10-17 or greater.'],
  [
    'the older version',
    JSON.stringify({ Version: '2008-10-17', Statement: statement }),
    'Policy document must be version 2012-10-17 or greater.',
  ],
  ['a principal', policy({ ...statement, Principal: '*' }), 'Policy document should not specify a principal.'],
  ['an effect in lower case', policy({ ...statement, Effect: 'allow' }), legacy],
  ['a date that is none', given({ DateLessThan: { 'aws:CurrentTime': 'soon' } }), legacy],
  [
    'one Sid twice',
    policy({ ...statement, Sid: 'a' }, { ...statement, Sid: 'a' }),
    'Statement IDs (SID) in a single policy must be unique.',
  ],
  [
    'a Sid with a space',
    policy({ ...statement, Sid: 'a b' }),
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  ],
  ['no action', policy({ ...statement, Action: undefined }), 'Policy statement must contain actions.'],
  ['an empty list of actions', doing([]), 'Policy statement must contain actions.'],
  ['no resource', policy({ ...statement, Resource: undefined }), 'Policy statement must contain resources.'],
  ['an action without a service', doing('GetObject'), prefaced],
  ['a condition key without a service', given({ StringEquals: { ab: 'c' } }), prefaced],
  ['an action with two colons', doing('s3:Get:Object'), 'Actions/Condition can contain only one colon.'],
  ['a service with a wildcard', doing('s*:GetObject'), 'Vendor s* is not valid'],
  ['a resource that is no ARN', on('bucket'), 'Resource bucket must be in ARN format or "*".'],
  ['another partition', on('arn:aws2:s3:::box/*'), 'Partition "aws2" is not valid for resource "arn:aws2:s3:::box/*".'],
  ['an ARN without its beginning', on('s3::box/*'), 'Partition "" is not valid for resource "arn::box/*:*:*:*".'],
  ['an ARN without a service', on('arn:aws'), 'Resource vendor must be fully qualified and cannot contain regexes.'],
  [
    'a wildcard for a service',
    on('arn:aws:*:::x'),
    'Resource vendor must be fully qualified and cannot contain regexes.',
  ],
  ['an ARN with a colon too few', on('arn:aws:s3::box'), legacy],
  ['a placeholder for the account', on('arn:aws:ecr:us-east-1:ACCOUNT_ID:repository/x'), legacy],
  [
    'a bucket with a Region',
    on('arn:aws:s3:us-east-1::box'),
    'Resource arn:aws:s3:us-east-1::box can not contain region information.',
  ],
  [
    'a role with a Region',
    on('arn:aws:iam:us-east-1:111122223333:role/x'),
    'IAM resource arn:aws:iam:us-east-1:111122223333:role/x cannot contain region information.',
  ],
  ['a resource of IAM that does not exist', on('arn:aws:iam::111122223333:roles/x'), paths],
]
for (const [what, text, message] of refused)
  test(`a managed policy with ${what} is refused in AWS's words`, () =>
    assert.throws(() => checkIdentityPolicy(text, 'managed'), { code: 'MalformedPolicyDocument', message }))

test('well formed', () => {
  const sound = [
    policy({ ...statement, Sid: '' }, { ...statement, Sid: '' }),
    JSON.stringify({ Version: '2012-10-17', Id: 'x', Statement: statement }),
    doing(['*', 's3:*', 'aws-marketplace:View?ubscriptions']),
    on(['arn:aws:s3:::box/*', 'arn:aws:iam::*:role/*', 'arn:aws:ecr:*:111122223333:repository/*', 'arn:aws:sqs:*']),
    given({
      'ForAllValues:StringLikeIfExists': { 'aws:TagKeys': ['a', 'b*'] },
      Bool: { 'aws:SecureTransport': false },
    }),
    given({ DateLessThan: { 'aws:CurrentTime': '2026-11-28T00:00:00Z' }, Null: { 'aws:TokenIssueTime': 'true' } }),
  ]
  for (const text of sound) checkIdentityPolicy(text, 'managed')
  checkIdentityPolicy(JSON.stringify({ Statement: statement }), 'inline')
})

test("AWS's own policies are well formed", () => {
  for (const { document } of awsManagedPolicies.values()) checkIdentityPolicy(document, 'managed')
})

test('whatever the text, nothing but MalformedPolicy is thrown', () => {
  const check = (text: string) => {
    try {
      checkIdentityPolicy(text, 'managed')
    } catch (error) {
      assert.ok(error instanceof MalformedPolicy, String(error))
    }
  }
  const name = fc.constantFrom('Effect', 'Sid', 'Action', 'NotAction', 'Resource', 'Principal', 'Condition')
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('Allow', '*', 's3:*', 'arn:aws:s3:::x', 'arn:', '::::::', null),
    fc.dictionary(fc.constantFrom('StringLike', 'DateEquals', 'Null', '__proto__'), fc.jsonValue()),
  )
  const statements = fc.array(fc.dictionary(name, value))
  fc.assert(fc.property(fc.string(), check))
  fc.assert(fc.property(fc.json(), check))
  fc.assert(
    fc.property(statements, list => check(JSON.stringify({ Version: '2012-10-17', Statement: list }))),
    { numRuns: 500 },
  )
})
