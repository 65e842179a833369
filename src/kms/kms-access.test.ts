import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../service/principal.ts'
import { defaultPolicy } from './key-row.ts'
import { openKms } from './kms.fixture.ts'

const hello = Buffer.from('hello')
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('key policies: who may, the lockout check, malformed ones', async () => {
  const { root, account, as, userNamed } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const KeyId = key.KeyId
  assert.equal((await root('GetKeyPolicy', { KeyId })).Policy, defaultPolicy(account))
  assert.deepEqual((await root('ListKeyPolicies', { KeyId })).PolicyNames, ['default'])
  const ann = await userNamed('ann')
  await assert.rejects(as(ann)('Encrypt', { KeyId, Plaintext: hello }), {
    code: 'AccessDeniedException',
    message: `User: ${ann.arn} is not authorized to perform: kms:Encrypt on resource: ${key.Arn} because no identity-based policy allows the kms:Encrypt action`,
  })
  const use = { Effect: 'Allow', Principal: { AWS: ann.arn }, Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: '*' }
  const condition = { StringEquals: { 'kms:EncryptionContext:team': 'red' } }
  const open = JSON.parse(defaultPolicy(account))
  const Policy = JSON.stringify({ ...open, Statement: [...open.Statement, { ...use, Condition: condition }] })
  await root('PutKeyPolicy', { KeyId, Policy })
  await as(ann)('Encrypt', { KeyId, Plaintext: hello, EncryptionContext: { team: 'red' } })
  await assert.rejects(as(ann)('Encrypt', { KeyId, Plaintext: hello }), { code: 'AccessDeniedException' })

  const locked = JSON.stringify({ Statement: use })
  await assert.rejects(root('PutKeyPolicy', { KeyId, Policy: locked }), {
    code: 'MalformedPolicyDocumentException',
    message: /will not allow you to update/,
  })
  await root('PutKeyPolicy', { KeyId, Policy: locked, BypassPolicyLockoutSafetyCheck: true })
  await assert.rejects(root('GetKeyPolicy', { KeyId }), {
    code: 'AccessDeniedException',
    message: /no resource-based policy allows/,
  })
  await assert.rejects(root('CreateKey', { Policy: '{' }), { code: 'MalformedPolicyDocumentException' })
  await assert.rejects(root('CreateKey', { Policy: locked }), { code: 'MalformedPolicyDocumentException' })
})

test('another account needs leave of the key and of its own; existence is not revealed', async () => {
  const { root, openAccount, account } = await openKms()
  const other = await openAccount('other')
  const { KeyMetadata: key } = await root('CreateKey')
  const missing = `arn:aws:kms:us-east-1:${account}:key/00000000-0000-4000-8000-000000000000`
  for (const arn of [key.Arn, missing])
    await assert.rejects(other.ask('DescribeKey', { KeyId: arn }), {
      code: 'AccessDeniedException',
      message: `User: ${other.principal.arn} is not authorized to perform: kms:DescribeKey on resource: ${arn} because no resource-based policy allows the kms:DescribeKey action`,
    })
  const open = JSON.parse(defaultPolicy(account))
  const share = { Effect: 'Allow', Principal: { AWS: other.principal.account }, Action: 'kms:*', Resource: '*' }
  await root('PutKeyPolicy', {
    KeyId: key.KeyId,
    Policy: JSON.stringify({ ...open, Statement: [...open.Statement, share] }),
  })
  const { CiphertextBlob } = await other.ask('Encrypt', { KeyId: key.Arn, Plaintext: hello })
  assert.equal(text((await root('Decrypt', { CiphertextBlob })).Plaintext), 'hello')
  await assert.rejects(other.ask('DisableKey', { KeyId: key.Arn }), {
    code: 'AccessDeniedException',
    message: /another account/,
  })
})

test('grants: give leave at once, within their constraints, until retired or revoked', async () => {
  const { root, as, userNamed, openRole } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const KeyId = key.Arn
  const ann = await userNamed('ann')
  const bob = await userNamed('bob')
  const session: Principal = await openRole('worker')
  const grant = {
    KeyId,
    GranteePrincipal: session.identityArn,
    RetiringPrincipal: bob.arn,
    Operations: ['Encrypt', 'Decrypt', 'DescribeKey'],
  }
  const Constraints = { EncryptionContextSubset: { job: '$1' } }
  const made = await root('CreateGrant', { ...grant, Constraints, Name: 'n' })
  assert.deepEqual(await root('CreateGrant', { ...grant, Constraints, Name: 'n' }), made)
  const EncryptionContext = { job: '$1', more: 'x' }
  const worker = as(session)
  const { CiphertextBlob } = await worker('Encrypt', {
    KeyId,
    Plaintext: hello,
    EncryptionContext,
    GrantTokens: [made.GrantToken],
  })
  await worker('Decrypt', { CiphertextBlob, EncryptionContext })
  await worker('DescribeKey', { KeyId })
  const denied = { code: 'AccessDeniedException' }
  await assert.rejects(worker('Encrypt', { KeyId, Plaintext: hello }), denied)
  await assert.rejects(worker('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext }), denied)
  await assert.rejects(as(ann)('Decrypt', { CiphertextBlob, EncryptionContext }), denied)
  await assert.rejects(worker('Encrypt', { KeyId, Plaintext: hello, EncryptionContext, GrantTokens: ['x'] }), {
    code: 'InvalidGrantTokenException',
  })

  const { Grants: grants } = await root('ListGrants', { KeyId })
  assert.deepEqual(
    grants.map((one: { GrantId: string; Constraints: object }) => [one.GrantId, one.Constraints]),
    [[made.GrantId, Constraints]],
  )
  await assert.rejects(as(ann)('RetireGrant', { GrantToken: made.GrantToken }), denied)
  await as(bob)('RetireGrant', { GrantToken: made.GrantToken })
  await assert.rejects(worker('Decrypt', { CiphertextBlob, EncryptionContext }), denied)

  const equals = { EncryptionContextEquals: { job: '$1' } }
  const both = { ...grant, Constraints: { ...equals, EncryptionContextSubset: { job: 'x' } } }
  await assert.rejects(root('CreateGrant', both), { code: 'ValidationException' })
  // A constraint without pairs is none, as clients send it beside the one that they mean.
  const exact = await root('CreateGrant', { ...grant, Constraints: { ...equals, EncryptionContextSubset: {} } })
  await worker('Encrypt', { KeyId, Plaintext: hello, EncryptionContext: { job: '$1' } })
  await assert.rejects(worker('Encrypt', { KeyId, Plaintext: hello, EncryptionContext }), denied)
  await root('RevokeGrant', { KeyId, GrantId: exact.GrantId })
  await assert.rejects(root('RevokeGrant', { KeyId, GrantId: exact.GrantId }), { code: 'NotFoundException' })
  assert.deepEqual((await root('ListGrants', { KeyId })).Grants, [])
  await assert.rejects(root('CreateGrant', { ...grant, Operations: ['Sign'] }), { code: 'ValidationException' })
  await assert.rejects(root('CreateGrant', { ...grant, GranteePrincipal: 'ann' }), { code: 'InvalidArnException' })
})
