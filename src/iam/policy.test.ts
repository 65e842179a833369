import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { awsManagedPolicies } from './aws-managed-policy.ts'
import { MalformedPolicy, type PolicyKind, parsePolicy } from './policy.ts'

const statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }
const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'sagemaker.amazonaws.com' } }

const malformed: [PolicyKind, string, RegExp][] = [
  ['identity', '', /invalid Json/],
  ['identity', '[]', /Syntax errors in policy/],
  ['identity', '{"Version":"2012-10-17"}', /Missing required field Statement/],
  ['identity', '{"Version":"2020-01-01","Statement":[]}', /valid version string/],
  ['identity', '{"Statements":[]}', /Unknown field Statements/],
  ['identity', policy({ ...statement, Effect: 'allow' }), /Invalid effect: "allow"/],
  ['identity', policy({ ...statement, Effect: undefined }), /Missing required field Effect/],
  ['identity', policy({ ...statement, Action: undefined }), /Missing required field Action/],
  ['identity', policy({ ...statement, Action: [] }), /Missing required field Action/],
  ['identity', policy({ ...statement, Action: 'GetObject' }), /must be prefaced by a vendor/],
  ['identity', policy({ ...statement, Action: 's3:Get Object' }), /Invalid Action: s3:Get Object/],
  ['identity', policy({ ...statement, NotAction: 's3:*' }), /both Action and NotAction/],
  ['identity', policy({ ...statement, Resource: undefined }), /Missing required field Resource/],
  ['identity', policy({ ...statement, Resource: 'bucket' }), /must be in ARN format or "\*"/],
  ['identity', policy({ ...statement, Principal: '*' }), /should not specify a principal/],
  ['identity', policy({ ...statement, Condition: { StringIs: { 'a:b': 'c' } } }), /Invalid Condition type : StringIs/],
  ['identity', policy({ ...statement, Condition: { StringEquals: { ab: 'c' } } }), /must be prefaced by a vendor/],
  ['identity', policy({ ...statement, Condition: { NumericEquals: { 'a:b': 'c' } } }), /wrong form/],
  ['identity', policy({ ...statement, Condition: { IpAddress: { 'a:b': '1.2.3.4/64' } } }), /wrong form/],
  ['identity', policy({ ...statement, Condition: { StringEquals: { 'a:b': {} } } }), /must be strings/],
  ['identity', policy({ ...statement, Condition: { constructor: { 'a:b': 'c' } } }), /Invalid Condition type/],
  ['identity', policy({ ...statement, Sid: 'a b' }), /must be alpha-numeric/],
  ['identity', policy({ ...statement, Sid: 'a' }, { ...statement, Sid: 'a' }), /must be unique/],
  ['trust', policy({ ...trust, Resource: '*' }), /Has prohibited field Resource/],
  ['trust', policy({ ...trust, Action: 's3:GetObject' }), /may only specify STS AssumeRole actions/],
  ['trust', policy({ ...trust, Principal: undefined }), /Missing required field Principal/],
  ['resource', policy({ ...statement, Principal: 'arn:aws:iam::111122223333:root' }), /Invalid principal in policy/],
  [
    'resource',
    policy({ ...statement, Principal: { AWS: 'arn:aws:iam::111122223333:user/*x y' } }),
    /Invalid principal/,
  ],
  ['resource', policy({ ...statement, Principal: { Aws: '*' } }), /Invalid principal in policy: "Aws":"\*"/],
]
for (const [kind, text, message] of malformed)
  test(`malformed ${kind} policy: ${text || 'empty'}`, () =>
    assert.throws(() => parsePolicy(text, kind), { code: 'MalformedPolicyDocument', message }))

test('well formed', () => {
  parsePolicy(JSON.stringify({ Statement: statement }), 'identity')
  parsePolicy(policy(trust), 'trust')
  const federated = { 'tokens.example.com/id/7:aud': 'sts.amazonaws.com' }
  parsePolicy(policy({ ...trust, Condition: { StringEquals: federated } }), 'trust')
  parsePolicy(
    policy({ ...statement, Sid: 'Enable IAM User Permissions', Principal: { AWS: '111122223333' } }),
    'resource',
  )
  parsePolicy(policy({ ...statement, Principal: '*', Resource: undefined }), 'resource')
})

test("AWS's own policies are well formed and named in AWS's way", () => {
  for (const [arn, { path, name, document }] of awsManagedPolicies) {
    assert.equal(arn, `arn:aws:iam::aws:policy${path}${name}`)
    parsePolicy(document, 'identity')
  }
})

const kinds = fc.constantFrom<PolicyKind>('identity', 'resource', 'trust')
const onlyMalformed = (text: string, kind: PolicyKind) => {
  try {
    parsePolicy(text, kind)
  } catch (error) {
    assert.ok(error instanceof MalformedPolicy, String(error))
  }
}

test('whatever the text, parsing throws nothing but MalformedPolicy', () => {
  fc.assert(fc.property(fc.string(), kinds, onlyMalformed))
  fc.assert(fc.property(fc.json(), kinds, onlyMalformed))
  const name = fc.constantFrom(
    ...['Effect', 'Sid', 'Action', 'NotAction', 'Resource', 'Principal', 'NotPrincipal', 'Condition'],
  )
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('Allow', '*', 's3:*', 'arn:aws:s3:::x', '${', '${a:b', null),
    fc.dictionary(
      fc.constantFrom('AWS', 'Service', 'StringLike', 'ForAllValues:', 'Null', '__proto__'),
      fc.jsonValue(),
    ),
  )
  const document = fc.array(fc.dictionary(name, value)).map(list => JSON.stringify({ Statement: list }))
  fc.assert(fc.property(document, kinds, onlyMalformed), { numRuns: 500 })
})
