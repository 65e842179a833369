import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { findSignInProvider } from '../console/sign-in-provider.ts'
import { operatorAccount } from '../operator/operator-account.ts'
import { dataDirectory } from '../store/data-directory.ts'
import { openDataStore } from '../store/store.fixture.ts'
import { runCommand } from './command.fixture.ts'
import { openRootSecret } from './open-root-secret.ts'

const data = await mkdtemp(join(tmpdir(), 'modelmart-sign-in-provider-'))
after(() => rm(data, { recursive: true }))
const modelmart = (...line: string[]) => runCommand(data, 'sign-in-provider', ...line)

it('sets by whom people sign in, as the signed API does: what is no provider, client or role is refused', async () => {
  await runCommand(data, 'account', 'create', 'buyer')
  assert.match((await modelmart('list')).err, /There is no operator’s account yet/)
  await runCommand(data, 'console', '--operator')
  const store = await openDataStore(data)
  after(() => store.close())
  const account = (await operatorAccount(store.db)) ?? ''
  const arn = `arn:aws:iam::${account}:oidc-provider/login.example.com`
  const role = `arn:aws:iam::${account}:role/buyers`
  const secret = join(data, 'client-secret')
  await writeFile(secret, 'hush\n')
  const add = (more: readonly string[], client = 'console') =>
    modelmart('add', 'Example', '--provider', arn, '--client', client, ...more)
  const roles = ['--role', `a=b=${role}`]
  assert.match((await add(roles)).err, /There is no identity provider .* in the operator’s account/)
  const provider = { arn, account, url: 'login.example.com', client_ids: '["console"]', thumbprints: '[]' }
  await store.db
    .insertInto('iam_open_id_provider')
    .values({ ...provider, tags: '[]', created: 0 })
    .execute()
  assert.match((await add(roles, 'other')).err, /other is no client of/)
  assert.match((await add(roles)).err, /There is no role/)
  const more = { boundary: '', tags: '[]', trust_policy: '{}', description: '', max_session: 3600 }
  const named = {
    id: 'AROAEXAMPLE',
    account,
    kind: 'role' as const,
    name: 'buyers',
    name_key: 'buyers',
    path: '/',
    arn: role,
  }
  const row = { ...named, ...more, created: 0, last_used: 0, last_region: '' }
  await store.db.insertInto('iam_identity').values(row).execute()
  assert.match((await add(['--role', 'buyers'])).err, /roles\.1\.member\.roleArn.*failed to satisfy constraint/)
  assert.deepEqual(await add([...roles, '--client-secret-file', secret, '--scope', 'openid', '--scope', 'groups']), {
    ...{ out: 'people sign in by Example from now on\n', err: '', code: 0 },
  })
  // A change leaves the secret, and nobody is told it.
  assert.equal((await add([...roles, '--groups-claim', 'teams'])).code, 0)
  const parts = { store, rootSecret: openRootSecret(dataDirectory(data).secret, undefined) }
  const kept = await findSignInProvider(parts, 'Example')
  assert.deepEqual(kept, {
    ...{ name: 'Example', providerArn: arn, clientId: 'console', clientSecret: 'hush', scopes: ['openid'] },
    ...{ groupsClaim: 'teams', roles: [{ group: 'a=b', roleArn: role }] },
  })
  assert.equal((await modelmart('list')).out, `Example\t${arn}\tconsole\ta=b=${role}\n`)
  const rows = await store.db.selectFrom('audit_event').select('text').execute()
  assert.ok(rows.some(({ text }) => text.includes('sign-in-provider add')))
  assert.doesNotMatch(JSON.stringify(rows), /hush/)
  assert.match((await modelmart('remove', 'Other')).err, /There is no provider Other to sign in by/)
  assert.equal((await modelmart('remove', 'Example')).out, 'nobody signs in by Example any more\n')
  assert.equal((await modelmart('list')).out, '')
})
