import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { useSignInLink } from '../console/sign-in-link.ts'
import { openDataStore } from '../store/store.fixture.ts'
import { runCommand } from './command.fixture.ts'

const data = await mkdtemp(join(tmpdir(), 'modelmart-console-'))
after(() => rm(data, { recursive: true }))
const modelmart = (...line: string[]) => runCommand(data, ...line)

it('prints a link for an account, to be used once; the operator’s act is in the security log', async () => {
  assert.match((await modelmart('console')).err, /There is no installation/)
  await modelmart('account', 'create', 'seller', '--id', '111122223333')
  const { out, err, code } = await modelmart('console')
  const link = /^http:\/\/127\.0\.0\.1:8600\/console\/sign-in#link=([\w-]{43})\n$/.exec(out)?.[1]
  assert.ok(link, out)
  assert.deepEqual([err, code], ['It signs in as seller, once, within 15 minutes.\n', 0])
  assert.match((await modelmart('console', 'buyer')).err, /There is no account named buyer\. There are seller\./)
  await modelmart('account', 'create', 'buyer')
  assert.match((await modelmart('console')).err, /Which account\? There are buyer, seller\./)
  assert.match((await modelmart('console', '111122223333')).err, /signs in as seller/)

  const asOperator = await modelmart('console', '--operator')
  assert.match(asOperator.err, /signs in as operator, once/)
  assert.equal((await modelmart('account', 'list')).out.match(/^operator\t/gm)?.length, 1)
  assert.match((await modelmart('console', '--operator')).err, /signs in as operator/)
  assert.match((await modelmart('console', 'buyer', '--operator')).err, /The operator’s account is operator/)

  const store = await openDataStore(data)
  try {
    assert.equal(await useSignInLink(store, link), '111122223333')
    assert.equal(await useSignInLink(store, link), undefined)
    const rows = await store.db.selectFrom('audit_event').select('text').execute()
    const acts = rows.map(({ text }) => JSON.parse(text)).filter(({ eventName }) => eventName === 'console')
    assert.ok(acts.length >= 2)
    assert.ok(!JSON.stringify(acts).includes(link), 'the log holds no link')
  } finally {
    await store.close()
  }
})

it('without a name it is the only account beside the operator’s, whose name may be another', async () => {
  const place = await mkdtemp(join(tmpdir(), 'modelmart-console-'))
  after(() => rm(place, { recursive: true }))
  const there = (...line: string[]) => runCommand(place, ...line)
  assert.match((await there('console', 'boss', '--operator')).err, /signs in as boss/)
  assert.match((await there('console')).err, /signs in as boss/)
  await there('account', 'create', 'shop')
  assert.match((await there('console')).err, /signs in as shop/)
})
