import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openKms } from './kms.fixture.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const hello = Buffer.from('hello')
const days = 24 * 3600_000

test('every modelled operation is served, and nothing else', async () => {
  const { kms } = await openKms()
  assert.deepEqual(Object.keys(kms.operations).toSorted(), Object.keys(kms.model.operations).toSorted())
})

test('a key is described, encrypts and decrypts with its context only', async () => {
  const { root, account } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey', { Description: 'mine' })
  assert.equal(key.Arn, `arn:aws:kms:us-east-1:${account}:key/${key.KeyId}`)
  const told = (await root('DescribeKey', { KeyId: key.Arn })).KeyMetadata
  assert.deepEqual(told, key)
  assert.deepEqual([key.KeyState, key.Enabled, key.KeyManager, key.Description], ['Enabled', true, 'CUSTOMER', 'mine'])
  const EncryptionContext = { a: '1', b: '2' }
  const made = await root('Encrypt', { KeyId: key.KeyId, Plaintext: hello, EncryptionContext })
  assert.equal(made.KeyId, key.Arn)
  const { CiphertextBlob } = made
  const opened = await root('Decrypt', { CiphertextBlob, EncryptionContext: { b: '2', a: '1' } })
  assert.deepEqual([text(opened.Plaintext), opened.KeyId], ['hello', key.Arn])
  for (const wrong of [
    {},
    { a: '1' },
    { a: '1', b: '3' },
    { a: '1', b: '2', c: '' },
    { a: '2', b: '1' },
    { A: '1', b: '2' },
  ])
    await assert.rejects(root('Decrypt', { CiphertextBlob, EncryptionContext: wrong }), {
      code: 'InvalidCiphertextException',
    })
})

test('a changed ciphertext does not open; one of no key here is refused as one that may not be used', async () => {
  const { root } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const { CiphertextBlob: blob } = await root('Encrypt', { KeyId: key.KeyId, Plaintext: hello })
  for (const at of [17, 48, 50, 70, blob.length - 1]) {
    const changed = Buffer.from(blob)
    changed[at] = (changed[at] as number) ^ 1
    await assert.rejects(root('Decrypt', { CiphertextBlob: changed }), { code: 'InvalidCiphertextException' })
  }
  const foreign = Buffer.from(blob)
  foreign[5] = (foreign[5] as number) ^ 1
  await assert.rejects(root('Decrypt', { CiphertextBlob: foreign }), {
    code: 'AccessDeniedException',
    message: /does not exist in this region/,
  })
  await assert.rejects(root('Decrypt', { CiphertextBlob: hello }), { code: 'InvalidCiphertextException' })
  const { KeyMetadata: other } = await root('CreateKey')
  await assert.rejects(root('Decrypt', { CiphertextBlob: blob, KeyId: other.KeyId }), { code: 'IncorrectKeyException' })
})

test('data keys: sizes, without plaintext, re-encryption under another key and context', async () => {
  const { root } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const { KeyMetadata: other } = await root('CreateKey')
  const KeyId = key.KeyId
  const made = await root('GenerateDataKey', { KeyId, KeySpec: 'AES_256', EncryptionContext: { a: '1' } })
  assert.equal(made.Plaintext.length, 32)
  assert.equal((await root('GenerateDataKey', { KeyId, KeySpec: 'AES_128' })).Plaintext.length, 16)
  assert.equal((await root('GenerateDataKey', { KeyId, NumberOfBytes: 7 })).Plaintext.length, 7)
  await assert.rejects(root('GenerateDataKey', { KeyId }), { code: 'ValidationException' })
  await assert.rejects(root('GenerateDataKey', { KeyId, KeySpec: 'AES_256', DryRun: true }), {
    code: 'DryRunOperationException',
  })
  const hidden = await root('GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' })
  assert.equal(hidden.Plaintext, undefined)
  assert.equal((await root('Decrypt', { CiphertextBlob: hidden.CiphertextBlob })).Plaintext.length, 32)

  const again = await root('ReEncrypt', {
    CiphertextBlob: made.CiphertextBlob,
    SourceEncryptionContext: { a: '1' },
    DestinationKeyId: other.Arn,
    DestinationEncryptionContext: { b: '2' },
  })
  assert.deepEqual([again.SourceKeyId, again.KeyId], [key.Arn, other.Arn])
  const opened = await root('Decrypt', { CiphertextBlob: again.CiphertextBlob, EncryptionContext: { b: '2' } })
  assert.deepEqual(opened.Plaintext, made.Plaintext)
})

test('disabled, pending and destroyed keys say so', async () => {
  const { root, clock } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const KeyId = key.KeyId
  const { CiphertextBlob } = await root('Encrypt', { KeyId, Plaintext: hello })
  await root('DisableKey', { KeyId })
  await assert.rejects(root('Decrypt', { CiphertextBlob }), {
    code: 'DisabledException',
    message: `${key.Arn} is disabled.`,
  })
  await root('EnableKey', { KeyId })
  await root('Decrypt', { CiphertextBlob })
  await assert.rejects(root('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 6 }), { code: 'ValidationException' })
  const planned = await root('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  assert.deepEqual([planned.KeyState, planned.DeletionDate.getTime()], ['PendingDeletion', clock.now + 7 * days])
  const pending = { code: 'KMSInvalidStateException', message: `${key.Arn} is pending deletion.` }
  for (const ask of [
    () => root('Decrypt', { CiphertextBlob }),
    () => root('EnableKey', { KeyId }),
    () => root('TagResource', { KeyId, Tags: [] }),
  ])
    await assert.rejects(ask(), pending)
  await root('CancelKeyDeletion', { KeyId })
  assert.equal((await root('DescribeKey', { KeyId })).KeyMetadata.KeyState, 'Disabled')
  await assert.rejects(root('CancelKeyDeletion', { KeyId }), { code: 'KMSInvalidStateException' })

  await root('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 })
  clock.now += 7 * days
  await assert.rejects(root('DescribeKey', { KeyId }), {
    code: 'NotFoundException',
    message: `Key '${key.Arn}' does not exist`,
  })
  await assert.rejects(root('Decrypt', { CiphertextBlob }), { code: 'AccessDeniedException' })
  assert.deepEqual((await root('ListKeys')).Keys, [])
})

test('destroying a key destroys its material', async () => {
  const { root, clock, store } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  await root('CreateAlias', { AliasName: 'alias/a', TargetKeyId: key.KeyId })
  await root('ScheduleKeyDeletion', { KeyId: key.KeyId, PendingWindowInDays: 7 })
  clock.now += 8 * days
  await root('ListKeys')
  for (const table of ['kms_key', 'kms_material', 'kms_alias'] as const)
    assert.deepEqual(await store.db.selectFrom(table).selectAll().execute(), [])
})

test('rotation: new material encrypts, old ciphertexts still open', async () => {
  const { root, clock } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const KeyId = key.KeyId
  assert.equal((await root('GetKeyRotationStatus', { KeyId })).KeyRotationEnabled, false)
  await root('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 })
  const status = await root('GetKeyRotationStatus', { KeyId })
  assert.deepEqual([status.RotationPeriodInDays, status.NextRotationDate.getTime()], [90, clock.now + 90 * days])
  const before = await root('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
  clock.now += 200 * days
  const after = await root('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })
  assert.notEqual(after.KeyMaterialId, before.KeyMaterialId)
  assert.equal((await root('DescribeKey', { KeyId })).KeyMetadata.CurrentKeyMaterialId, after.KeyMaterialId)
  assert.ok((await root('GetKeyRotationStatus', { KeyId })).NextRotationDate.getTime() > clock.now)
  for (const made of [before, after]) {
    const opened = await root('Decrypt', { CiphertextBlob: made.CiphertextBlob })
    assert.deepEqual([opened.Plaintext, opened.KeyMaterialId], [made.Plaintext, made.KeyMaterialId])
  }
  await root('DisableKeyRotation', { KeyId })
  clock.now += 400 * days
  assert.equal((await root('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })).KeyMaterialId, after.KeyMaterialId)
})

test('aliases: name a key wherever an id may stand, move, list by page, end', async () => {
  const { root, account } = await openKms()
  const { KeyMetadata: one } = await root('CreateKey')
  const { KeyMetadata: two } = await root('CreateKey')
  await root('CreateAlias', { AliasName: 'alias/a', TargetKeyId: one.KeyId })
  await assert.rejects(root('CreateAlias', { AliasName: 'alias/a', TargetKeyId: two.KeyId }), {
    code: 'AlreadyExistsException',
  })
  await assert.rejects(root('CreateAlias', { AliasName: 'alias/aws/x', TargetKeyId: two.KeyId }), {
    code: 'NotAuthorizedException',
  })
  assert.equal((await root('Encrypt', { KeyId: 'alias/a', Plaintext: hello })).KeyId, one.Arn)
  await root('UpdateAlias', { AliasName: 'alias/a', TargetKeyId: two.Arn })
  assert.equal(
    (await root('DescribeKey', { KeyId: `arn:aws:kms:us-east-1:${account}:alias/a` })).KeyMetadata.Arn,
    two.Arn,
  )
  await assert.rejects(root('DisableKey', { KeyId: 'alias/a' }), { code: 'NotFoundException' })
  await root('CreateAlias', { AliasName: 'alias/b', TargetKeyId: one.KeyId })
  const first = await root('ListAliases', { Limit: 1 })
  assert.deepEqual([first.Aliases[0].AliasName, first.Truncated], ['alias/a', true])
  const second = await root('ListAliases', { Limit: 1, Marker: first.NextMarker })
  assert.deepEqual([second.Aliases[0].AliasName, second.Truncated, second.NextMarker], ['alias/b', false, undefined])
  await assert.rejects(root('ListAliases', { Limit: 1, Marker: 'x' }), { code: 'InvalidMarkerException' })
  assert.equal((await root('ListAliases', { KeyId: one.KeyId })).Aliases.length, 1)
  await root('DeleteAlias', { AliasName: 'alias/a' })
  const gone = { code: 'NotFoundException', message: `Alias arn:aws:kms:us-east-1:${account}:alias/a is not found.` }
  await assert.rejects(root('DeleteAlias', { AliasName: 'alias/a' }), gone)
  await assert.rejects(root('DescribeKey', { KeyId: 'alias/a' }), gone)
})

test('tags: put, listed, removed, refused', async () => {
  const { root } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey', { Tags: [{ TagKey: 'a', TagValue: '1' }] })
  const KeyId = key.KeyId
  await root('TagResource', {
    KeyId,
    Tags: [
      { TagKey: 'a', TagValue: '2' },
      { TagKey: 'b', TagValue: '' },
    ],
  })
  assert.deepEqual((await root('ListResourceTags', { KeyId })).Tags, [
    { TagKey: 'a', TagValue: '2' },
    { TagKey: 'b', TagValue: '' },
  ])
  await root('UntagResource', { KeyId, TagKeys: ['a'] })
  assert.deepEqual((await root('ListResourceTags', { KeyId })).Tags, [{ TagKey: 'b', TagValue: '' }])
  await assert.rejects(root('TagResource', { KeyId, Tags: [{ TagKey: 'aws:x', TagValue: '' }] }), {
    code: 'TagException',
  })
})

const unserved: [object, string][] = [
  [{ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException'],
  [{ KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'KEY_AGREEMENT' }, 'ValidationException'],
  [{ CustomerMasterKeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException'],
  [{ MultiRegion: true }, 'UnsupportedOperationException'],
  [{ Origin: 'EXTERNAL' }, 'UnsupportedOperationException'],
  [{ KeyUsage: 'SIGN_VERIFY' }, 'ValidationException'],
]
for (const [input, code] of unserved)
  test(`refused: CreateKey ${JSON.stringify(input)}`, async () => {
    const { root } = await openKms()
    await assert.rejects(root('CreateKey', input), { code })
    assert.deepEqual((await root('ListKeys')).Keys, [])
  })
