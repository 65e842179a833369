import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import * as Kms from '@aws-sdk/client-kms'
import { pino } from 'pino'
import { testLedger } from '../gateway/call-ledger.fixture.ts'
import { createGateway } from '../gateway/gateway.ts'
import { createAccount } from '../iam/account.ts'
import { createIam } from '../iam/iam.ts'
import { parsePolicy } from '../iam/policy.ts'
import type { Platform } from '../service/context.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createKmsService } from './kms-service.ts'

/** The service behind the real gateway, with an account's root key. */
async function serve() {
  const now = () => new Date()
  const store = await openTestStore(':memory:')
  const rootSecret = randomBytes(32)
  const iam = createIam({ store, rootSecret, now })
  const credentials = await createAccount(store, rootSecret, { name: 'seller' })
  const log = pino({ level: 'silent' })
  const platform = { url: 'http://localhost', now, log, store, iam } as unknown as Platform
  const checkPolicy = (text: string) => void parsePolicy(text, 'resource')
  const gateway = createGateway({
    ...testLedger,
    checkAnswers: true,
    platform,
    services: [createKmsService({ rootSecret, checkPolicy })],
    log,
  })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const endpoint = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
  return {
    client: new Kms.KMSClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 }),
    async [Symbol.asyncDispose]() {
      gateway.closeAllConnections()
      gateway.close()
      await store.close()
    },
  }
}

test('the official SDK: a key from its making to its planned end', async () => {
  await using served = await serve()
  const { client } = served
  const { KeyMetadata: key } = await client.send(
    new Kms.CreateKeyCommand({ Description: 'd', Tags: [{ TagKey: 'a', TagValue: '1' }] }),
  )
  assert.ok(key?.CreationDate instanceof Date)
  await client.send(new Kms.CreateAliasCommand({ AliasName: 'alias/model', TargetKeyId: key.KeyId }))
  const EncryptionContext = { product: 'p-1', überschrift: 'ä' }
  const sealed = await client.send(
    new Kms.EncryptCommand({ KeyId: 'alias/model', Plaintext: Buffer.from('secret'), EncryptionContext }),
  )
  const opened = await client.send(new Kms.DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext }))
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'secret')
  const wrong = new Kms.DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob })
  await assert.rejects(client.send(wrong), Kms.InvalidCiphertextException)
  await client.send(new Kms.DisableKeyCommand({ KeyId: key.KeyId }))
  await assert.rejects(client.send(wrong), Kms.DisabledException)
  const { DeletionDate } = await client.send(
    new Kms.ScheduleKeyDeletionCommand({ KeyId: key.KeyId, PendingWindowInDays: 7 }),
  )
  assert.ok(DeletionDate instanceof Date)
  await assert.rejects(client.send(wrong), Kms.KMSInvalidStateException)
  await assert.rejects(client.send(new Kms.DescribeKeyCommand({ KeyId: 'alias/none' })), Kms.NotFoundException)
  await assert.rejects(client.send(new Kms.CreateKeyCommand({ Policy: '{}' })), Kms.MalformedPolicyDocumentException)
})

test('the official SDK: pages of keys and grants', async () => {
  await using served = await serve()
  const { client } = served
  for (let made = 0; made < 3; made++) await client.send(new Kms.CreateKeyCommand({}))
  const ids = []
  for await (const page of Kms.paginateListKeys({ client, pageSize: 2 }, {}))
    ids.push(...(page.Keys ?? []).map(key => key.KeyId))
  assert.equal(new Set(ids).size, 3)
  const { KeyMetadata: key } = await client.send(new Kms.DescribeKeyCommand({ KeyId: ids[0] }))
  const grant = { KeyId: ids[0], GranteePrincipal: `arn:aws:iam::${key?.AWSAccountId}:role/r` }
  for (const Name of ['a', 'b', 'c'])
    await client.send(new Kms.CreateGrantCommand({ ...grant, Name, Operations: ['Decrypt'] }))
  const names = []
  for await (const page of Kms.paginateListGrants({ client, pageSize: 2 }, { KeyId: ids[0] }))
    names.push(...(page.Grants ?? []).map(one => one.Name))
  assert.deepEqual(names.toSorted(), ['a', 'b', 'c'])
  const { Policy: text } = await client.send(new Kms.GetKeyPolicyCommand({ KeyId: ids[0] }))
  assert.equal(JSON.parse(text ?? '').Statement[0].Action, 'kms:*')
})
