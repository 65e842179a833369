import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openTestStore } from '../store/store.fixture.ts'
import { accountCredentials, createAccount, listAccounts, setAccountEmail } from './account.ts'

const root = randomBytes(32)

test('an account has an id and a root access key that is not readable in the database', async () => {
  const store = await openTestStore(':memory:')
  const made = await createAccount(store, root, { name: 'seller' })
  assert.match(made.account.id, /^\d{12}$/)
  assert.match(made.accessKeyId, /^AKIA[A-Z2-7]{16}$/)
  assert.match(made.secretAccessKey, /^[\w+/]{40}$/)
  assert.deepEqual(await accountCredentials(store, root, 'seller'), made)
  const row = await store.db.selectFrom('iam_access_key').selectAll().executeTakeFirstOrThrow()
  assert.ok(!JSON.stringify(row).includes(made.secretAccessKey))
  await assert.rejects(accountCredentials(store, randomBytes(32), 'seller'), /root secret does not open/)
})

test('id and keys can be chosen; names, ids and keys are unique', async () => {
  const store = await openTestStore(':memory:')
  const chosen = { id: '123456789012', accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMIEXAMPLEKEY' }
  await createAccount(store, root, { name: 'buyer', ...chosen })
  await createAccount(store, root, { name: 'another' })
  assert.deepEqual(
    (await listAccounts(store)).map(account => account.name),
    ['another', 'buyer'],
  )
  await assert.rejects(createAccount(store, root, { name: 'buyer' }), /named buyer with the id 123456789012 already/)
  await assert.rejects(createAccount(store, root, { name: 'third', id: '123456789012' }), /named buyer/)
  await assert.rejects(createAccount(store, root, { ...chosen, name: 'third', id: '000000000001' }), /another account/)
})

const refused: [object, RegExp][] = [
  [{ name: 'a b' }, /Account name "a b"/],
  [{ name: 'a', id: '12' }, /12 digits/],
  [{ name: 'a', email: 'ann' }, /no address/],
  [{ name: 'a', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }, /together/],
  [{ name: 'a', accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: '12345678' }, /temporary/],
]
for (const [request, reason] of refused)
  test(`refused: ${JSON.stringify(request)}`, async () => {
    const store = await openTestStore(':memory:')
    await assert.rejects(createAccount(store, root, request as { name: string }), reason)
    assert.deepEqual(await listAccounts(store), [])
  })

test('mail for an account goes where it says, until it says otherwise', async () => {
  const store = await openTestStore(':memory:')
  const { account } = await createAccount(store, root, { name: 'ann', email: 'ann@mart.example' })
  assert.equal(account.email, 'ann@mart.example')
  const email = async () => (await listAccounts(store))[0]?.email
  await setAccountEmail(store, 'ann', 'lee@mart.example')
  assert.equal(await email(), 'lee@mart.example')
  await setAccountEmail(store, 'ann', '')
  assert.equal(await email(), '')
  await assert.rejects(setAccountEmail(store, 'ann', 'a@b\r\nTo: c@d'), /no address/)
  await assert.rejects(setAccountEmail(store, 'bob', 'bob@mart.example'), /no account named bob/)
})
