import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policy } from '../iam/iam.fixture.ts'
import { openKms } from './kms.fixture.ts'

const context = { 'aws:s3:arn': 'arn:aws:s3:::box/key' }

test("a service's own key is made on first use, for everyone of the account through that service only", async () => {
  const { keys, root, userNamed, as, account } = await openKms()
  const ann = await userNamed('ann')
  const made = await keys.via('s3').generate(ann, 'eu-west-1', undefined, context)
  assert.equal(made.plaintext.length, 32)
  assert.deepEqual(await keys.via('s3').open(ann, made.keyArn, made.wrapped, context), made.plaintext)
  const again = await keys.via('s3').generate(ann, 'eu-west-1', 'alias/aws/s3', context)
  assert.equal(again.keyArn, made.keyArn)
  assert.match(made.keyArn, new RegExp(`^arn:aws:kms:eu-west-1:${account}:key/`))

  await assert.rejects(keys.via('ecr').open(ann, made.keyArn, made.wrapped, context), { code: 'AccessDeniedException' })
  await assert.rejects(as(ann)('Decrypt', { CiphertextBlob: made.wrapped, EncryptionContext: context }), {
    code: 'AccessDeniedException',
  })
  const { KeyMetadata: managed } = await root('DescribeKey', { KeyId: 'alias/aws/sagemaker' })
  assert.equal(managed.KeyManager, 'AWS')
  await assert.rejects(root('ScheduleKeyDeletion', { KeyId: managed.KeyId }), { code: 'AccessDeniedException' })
})

test('a key of the account: leave by identity policy, conditions on service and context', async () => {
  const { keys, root, iam, openRole } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const job = await openRole('job')
  const s3 = keys.via('s3')
  await assert.rejects(s3.generate(job, 'us-east-1', key.Arn, context), {
    code: 'AccessDeniedException',
    message: /assumed-role\/job\/run is not authorized to perform: kms:GenerateDataKey/,
  })
  const condition = {
    StringEquals: {
      'kms:ViaService': 's3.us-east-1.amazonaws.com',
      'kms:EncryptionContext:aws:s3:arn': context['aws:s3:arn'],
    },
  }
  const document = policy(['kms:GenerateDataKey', 'kms:Decrypt'], key.Arn, condition)
  await iam('PutRolePolicy', { RoleName: 'job', PolicyName: 'p', PolicyDocument: document })
  const made = await s3.generate(job, 'us-east-1', key.Arn, context)
  assert.deepEqual(await s3.open(job, key.Arn, made.wrapped, context), made.plaintext)
  await assert.rejects(s3.generate(job, 'us-east-1', key.Arn, {}), { code: 'AccessDeniedException' })
  await assert.rejects(keys.via('ecr').generate(job, 'us-east-1', key.Arn, context), { code: 'AccessDeniedException' })
})

test('a disabled or destroyed key makes what it encrypted unreadable and says so', async () => {
  const { keys, root, rootPrincipal, clock } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const s3 = keys.via('s3')
  const made = await s3.generate(rootPrincipal, 'us-east-1', key.KeyId, context)
  await root('DisableKey', { KeyId: key.KeyId })
  await assert.rejects(s3.open(rootPrincipal, key.Arn, made.wrapped, context), { code: 'DisabledException' })
  await assert.rejects(s3.generate(rootPrincipal, 'us-east-1', key.KeyId, context), { code: 'DisabledException' })
  await root('EnableKey', { KeyId: key.KeyId })
  await assert.rejects(s3.open(rootPrincipal, key.Arn, made.wrapped, {}), { code: 'InvalidCiphertextException' })
  await root('ScheduleKeyDeletion', { KeyId: key.KeyId })
  await assert.rejects(s3.open(rootPrincipal, key.Arn, made.wrapped, context), { code: 'KMSInvalidStateException' })
  clock.now += 30 * 24 * 3600_000
  await assert.rejects(s3.open(rootPrincipal, key.Arn, made.wrapped, context), { code: 'AccessDeniedException' })
})

test('the platform itself may use the keys of the account it acts for', async () => {
  const { keys, root, account, openAccount } = await openKms()
  const { KeyMetadata: key } = await root('CreateKey')
  const platform = (of: string) => ({
    kind: 'service' as const,
    account: of,
    arn: 'sagemaker.amazonaws.com',
    userId: 'sagemaker.amazonaws.com',
  })
  const made = await keys.via('s3').generate(platform(account), 'us-east-1', key.Arn, context)
  const other = await openAccount('other')
  const foreign = platform(other.principal.account)
  await assert.rejects(keys.via('s3').open(foreign, key.Arn, made.wrapped, context), { code: 'AccessDeniedException' })
})
