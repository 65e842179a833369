import assert from 'node:assert/strict'
import {
  type KMS,
  KMS as KmsClient,
  paginateListAliases,
  paginateListGrants,
  paginateListKeys,
} from '@aws-sdk/client-kms'
import { clientOf, installation } from './installation.ts'
import { parityOf, refused, unverified, verified } from './parity.ts'

const at = installation()
const parity = parityOf('KMS')
const kms = (): KMS => clientOf(KmsClient, at)
const reference = verified('AWS KMS API Reference')
const Plaintext = Buffer.from('a secret')
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString()
const all = async <Page, Item>(pages: AsyncIterable<Page>, items: (page: Page) => Item[] | undefined) => {
  const found: Item[] = []
  for await (const page of pages) found.push(...(items(page) ?? []))
  return found
}
const newKey = async (client: KMS, more: object = {}) => (await client.createKey(more)).KeyMetadata?.KeyId ?? ''

parity('CreateKey DescribeKey ListKeys', reference, 'a key is made and told', async () => {
  const client = kms()
  const { KeyMetadata: made } = await client.createKey({ Description: 'mine' })
  assert.match(made?.KeyId ?? '', /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
  assert.equal(made?.Arn, `arn:aws:kms:us-east-1:${at.owner.id}:key/${made?.KeyId}`)
  const { KeyMetadata: told } = await client.describeKey({ KeyId: made?.Arn })
  assert.deepEqual(
    [
      told?.KeyState,
      told?.KeyUsage,
      told?.KeySpec,
      told?.Origin,
      told?.KeyManager,
      told?.MultiRegion,
      told?.Description,
    ],
    ['Enabled', 'ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT', 'AWS_KMS', 'CUSTOMER', false, 'mine'],
  )
  await newKey(client)
  const keys = await all(paginateListKeys({ client, pageSize: 1 }, {}), page => page.Keys)
  assert.ok(keys.length >= 2 && keys.some(({ KeyId }) => KeyId === made?.KeyId))
  const absent = '00000000-0000-4000-8000-000000000000'
  await refused(client.describeKey({ KeyId: absent }), 'NotFoundException', /Key '.*0000' does not exist/)
  await refused(client.createKey({ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }), 'UnsupportedOperationException', /SM2/)
})

parity(
  'Encrypt Decrypt ReEncrypt GenerateDataKey GenerateDataKeyWithoutPlaintext',
  verified('AWS KMS API Reference; AWS KMS Developer Guide, Encryption context'),
  'what is encrypted opens with its context alone',
  async () => {
    const client = kms()
    const [KeyId, other] = [await newKey(client), await newKey(client)]
    const EncryptionContext = { product: 'p-1' }
    const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext, EncryptionContext })
    assert.equal(text((await client.decrypt({ CiphertextBlob, EncryptionContext })).Plaintext), 'a secret')
    await refused(client.decrypt({ CiphertextBlob }), 'InvalidCiphertextException', /./)
    await refused(client.decrypt({ CiphertextBlob, EncryptionContext, KeyId: other }), 'IncorrectKeyException', /./)
    await refused(
      client.encrypt({ KeyId, Plaintext: Buffer.alloc(4097) }),
      'ValidationException',
      /at 'plaintext' failed/,
    )
    const moved = await client.reEncrypt({
      CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: other,
    })
    assert.equal(text((await client.decrypt({ CiphertextBlob: moved.CiphertextBlob })).Plaintext), 'a secret')
    const data = await client.generateDataKey({ KeyId, KeySpec: 'AES_256' })
    const opened = await client.decrypt({ CiphertextBlob: data.CiphertextBlob })
    assert.deepEqual(text(opened.Plaintext), text(data.Plaintext))
    const hidden = await client.generateDataKeyWithoutPlaintext({ KeyId, NumberOfBytes: 64 })
    assert.equal((await client.decrypt({ CiphertextBlob: hidden.CiphertextBlob })).Plaintext?.length, 64)
    await refused(client.generateDataKey({ KeyId }), 'ValidationException', /number of bytes or key spec/)
  },
)

parity(
  'DisableKey EnableKey ScheduleKeyDeletion CancelKeyDeletion',
  verified('AWS KMS Developer Guide, Key states of AWS KMS keys'),
  'a key that may not be used says so',
  async () => {
    const client = kms()
    const KeyId = await newKey(client)
    const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext })
    const arn = `arn:aws:kms:us-east-1:${at.owner.id}:key/${KeyId}`
    await client.disableKey({ KeyId })
    await refused(client.decrypt({ CiphertextBlob }), 'DisabledException', `${arn} is disabled.`)
    await client.enableKey({ KeyId })
    assert.equal(text((await client.decrypt({ CiphertextBlob })).Plaintext), 'a secret')
    await refused(client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 6 }), 'ValidationException', /7 and 30/)
    const { KeyState, DeletionDate } = await client.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    const days = ((DeletionDate?.getTime() ?? 0) - Date.now()) / 86_400_000
    assert.ok(KeyState === 'PendingDeletion' && days > 6.9 && days <= 7, `${KeyState} ${days}`)
    const pending = `${arn} is pending deletion.`
    await refused(client.decrypt({ CiphertextBlob }), 'KMSInvalidStateException', pending)
    await refused(client.enableKey({ KeyId }), 'KMSInvalidStateException', pending)
    await client.cancelKeyDeletion({ KeyId })
    assert.equal((await client.describeKey({ KeyId })).KeyMetadata?.KeyState, 'Disabled')
  },
)

parity(
  'GetKeyPolicy PutKeyPolicy ListKeyPolicies',
  verified('AWS KMS Developer Guide, Key policies in AWS KMS'),
  'who may',
  async () => {
    const client = kms()
    const KeyId = await newKey(client)
    assert.deepEqual((await client.listKeyPolicies({ KeyId })).PolicyNames, ['default'])
    const { Policy = '' } = await client.getKeyPolicy({ KeyId })
    assert.deepEqual(JSON.parse(Policy).Statement[0].Principal, { AWS: `arn:aws:iam::${at.owner.id}:root` })
    const stranger = clientOf(KmsClient, at, { credentials: at.stranger.credentials })
    const named = { KeyId: `arn:aws:kms:us-east-1:${at.owner.id}:key/${KeyId}` }
    await refused(
      stranger.describeKey(named),
      'AccessDeniedException',
      /no resource-based policy allows the kms:DescribeKey action/,
    )
    const shared = JSON.parse(Policy)
    shared.Statement.push({
      ...{ Effect: 'Allow', Principal: { AWS: at.stranger.id }, Action: 'kms:*', Resource: '*' },
      Condition: { StringEquals: { 'kms:CallerAccount': at.stranger.id, 'kms:EncryptionContext:team': 'red' } },
    })
    await client.putKeyPolicy({ KeyId, Policy: JSON.stringify(shared) })
    await stranger.encrypt({ ...named, Plaintext, EncryptionContext: { team: 'red' } })
    await refused(stranger.encrypt({ ...named, Plaintext }), 'AccessDeniedException', /kms:Encrypt/)
    const locked = JSON.stringify({ ...shared, Statement: shared.Statement.slice(1) })
    await refused(
      client.putKeyPolicy({ KeyId, Policy: locked }),
      'MalformedPolicyDocumentException',
      /will not allow you to update/,
    )
  },
)

parity('CreateAlias UpdateAlias ListAliases DeleteAlias', reference, 'names of keys', async () => {
  const client = kms()
  const [one, two] = [await newKey(client), await newKey(client)]
  for (const AliasName of ['alias/a', 'alias/b']) await client.createAlias({ AliasName, TargetKeyId: one })
  const arn = `arn:aws:kms:us-east-1:${at.owner.id}:alias/a`
  await refused(
    client.createAlias({ AliasName: 'alias/a', TargetKeyId: two }),
    'AlreadyExistsException',
    `An alias with the name ${arn} already exists`,
  )
  await client.updateAlias({ AliasName: 'alias/a', TargetKeyId: two })
  assert.equal((await client.describeKey({ KeyId: 'alias/a' })).KeyMetadata?.KeyId, two)
  const names = await all(paginateListAliases({ client, pageSize: 1 }, {}), page => page.Aliases)
  assert.deepEqual(
    names.map(({ AliasName }) => AliasName).filter(name => !name?.startsWith('alias/aws/')),
    ['alias/a', 'alias/b'],
  )
  const forged = client.listAliases({ Limit: 1, Marker: 'forged' })
  await refused(forged, 'InvalidMarkerException', /marker/)
  await client.deleteAlias({ AliasName: 'alias/a' })
  await refused(client.describeKey({ KeyId: 'alias/a' }), 'NotFoundException', `Alias ${arn} is not found.`)
  const named = (AliasName: string) => client.createAlias({ AliasName, TargetKeyId: one })
  await refused(named('alias/aws/mine'), 'NotAuthorizedException', /belong to services/)
  await refused(named('mine'), 'ValidationException', /^Alias must start with the prefix "alias\/"\./)
  await refused(named('alias/a:b'), 'ValidationException', 'alias/a:b contains invalid characters for an alias')
})

parity('EnableKeyRotation GetKeyRotationStatus DisableKeyRotation', reference, 'rotation by the calendar', async () => {
  const client = kms()
  const KeyId = await newKey(client)
  assert.equal((await client.getKeyRotationStatus({ KeyId })).KeyRotationEnabled, false)
  await client.enableKeyRotation({ KeyId })
  const { KeyRotationEnabled, RotationPeriodInDays, NextRotationDate } = await client.getKeyRotationStatus({ KeyId })
  assert.deepEqual([KeyRotationEnabled, RotationPeriodInDays], [true, 365])
  assert.equal(Math.round(((NextRotationDate?.getTime() ?? 0) - Date.now()) / 86_400_000), 365)
  await refused(
    client.enableKeyRotation({ KeyId, RotationPeriodInDays: 89 }),
    'ValidationException',
    /at 'rotationPeriodInDays'/,
  )
  await client.disableKeyRotation({ KeyId })
  assert.equal((await client.getKeyRotationStatus({ KeyId })).KeyRotationEnabled, false)
})

parity('TagResource ListResourceTags UntagResource', reference, 'tags of a key', async () => {
  const client = kms()
  const KeyId = await newKey(client, { Tags: [{ TagKey: 'a', TagValue: '1' }] })
  await client.tagResource({ KeyId, Tags: [{ TagKey: 'b', TagValue: '' }] })
  const { Tags, Truncated } = await client.listResourceTags({ KeyId })
  assert.deepEqual([Tags?.map(({ TagKey }) => TagKey), Truncated], [['a', 'b'], false])
  await client.untagResource({ KeyId, TagKeys: ['a'] })
  assert.deepEqual((await client.listResourceTags({ KeyId })).Tags, [{ TagKey: 'b', TagValue: '' }])
  await refused(client.tagResource({ KeyId, Tags: [{ TagKey: 'aws:x', TagValue: '' }] }), 'TagException', /./)
})

parity(
  'CreateGrant ListGrants RetireGrant RevokeGrant',
  verified('AWS KMS Developer Guide, Grants in AWS KMS'),
  'leave for one, within its constraints',
  async () => {
    const { iam, id } = at.owner
    const client = kms()
    const KeyId = await newKey(client)
    const { User } = await iam.createUser({ UserName: 'grantee' })
    const { AccessKey: key } = await iam.createAccessKey({ UserName: 'grantee' })
    const grantee = clientOf(KmsClient, at, {
      credentials: { accessKeyId: key?.AccessKeyId ?? '', secretAccessKey: key?.SecretAccessKey ?? '' },
    })
    const arn = `arn:aws:kms:us-east-1:${id}:key/${KeyId}`
    const grant = {
      ...{ KeyId, GranteePrincipal: User?.Arn ?? '', RetiringPrincipal: User?.Arn ?? '' },
      ...{ Operations: ['Encrypt' as const], Constraints: { EncryptionContextSubset: { job: 'one' } } },
    }
    const asked = { KeyId: arn, Plaintext, EncryptionContext: { job: 'one', more: 'x' } }
    await refused(grantee.encrypt(asked), 'AccessDeniedException', /kms:Encrypt/)
    const { GrantToken, GrantId } = await client.createGrant(grant)
    await grantee.encrypt({ ...asked, GrantTokens: [GrantToken ?? ''] })
    await refused(grantee.encrypt({ KeyId: arn, Plaintext }), 'AccessDeniedException', /kms:Encrypt/)
    const second = await client.createGrant(grant)
    const grants = await all(paginateListGrants({ client, pageSize: 1 }, { KeyId }), page => page.Grants)
    assert.deepEqual(grants.map(one => one.GrantId).sort(), [GrantId, second.GrantId].sort())
    await grantee.retireGrant({ GrantToken })
    await client.revokeGrant({ KeyId, GrantId: second.GrantId })
    await refused(grantee.encrypt(asked), 'AccessDeniedException', /kms:Encrypt/)
    await refused(client.revokeGrant({ KeyId, GrantId: second.GrantId }), 'NotFoundException', /Grant ID/)
  },
)

parity(
  'Decrypt',
  unverified('no document tells the text'),
  'a key of another installation is not revealed',
  async () => {
    const client = kms()
    const { CiphertextBlob } = await client.encrypt({ KeyId: await newKey(client), Plaintext })
    const foreign = Buffer.from(CiphertextBlob ?? [])
    foreign[5] = (foreign[5] ?? 0) ^ 1
    await refused(client.decrypt({ CiphertextBlob: foreign }), 'AccessDeniedException', /does not exist in this region/)
  },
)

parity('UpdateKeyDescription GenerateRandom', reference, 'what a key is said to be for, and random bytes', async () => {
  const client = kms()
  const KeyId = await newKey(client, { Description: 'before' })
  await client.updateKeyDescription({ KeyId, Description: 'after' })
  assert.equal((await client.describeKey({ KeyId })).KeyMetadata?.Description, 'after')
  const absent = '00000000-0000-4000-8000-000000000000'
  await refused(client.updateKeyDescription({ KeyId: absent, Description: '' }), 'NotFoundException', /does not exist/)
  await client.scheduleKeyDeletion({ KeyId })
  await refused(
    client.updateKeyDescription({ KeyId, Description: '' }),
    'KMSInvalidStateException',
    /is pending deletion\.$/,
  )
  const [one, two] = [
    await client.generateRandom({ NumberOfBytes: 32 }),
    await client.generateRandom({ NumberOfBytes: 32 }),
  ]
  assert.equal(one.Plaintext?.length, 32)
  assert.notDeepEqual(one.Plaintext, two.Plaintext)
  await refused(client.generateRandom({}), 'ValidationException', /Number of bytes/)
  await refused(client.generateRandom({ NumberOfBytes: 1025 }), 'ValidationException', /at 'numberOfBytes'/)
})

parity(
  'CreateKey PutKeyPolicy',
  verified('AWS KMS Developer Guide, Key policies: Principal; API Reference, CreateKey'),
  'who is named in a key policy must be there',
  async () => {
    const client = kms()
    const { iam, id } = at.owner
    const policyFor = (name: string) => {
      const all = (AWS: string) => ({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' })
      const Statement = [all(`arn:aws:iam::${id}:root`), all(`arn:aws:iam::${id}:user/${name}`)]
      return JSON.stringify({ Version: '2012-10-17', Statement })
    }
    const absent = client.createKey({ Policy: policyFor('not-yet') })
    await refused(absent, 'MalformedPolicyDocumentException', /Invalid principal in policy.*user\/not-yet/)
    const KeyId = await newKey(client)
    const put = (name: string) => client.putKeyPolicy({ KeyId, PolicyName: 'default', Policy: policyFor(name) })
    await refused(put('not-yet'), 'MalformedPolicyDocumentException', /Invalid principal in policy.*user\/not-yet/)
    await iam.createUser({ UserName: 'not-yet' })
    await put('not-yet')
  },
)
