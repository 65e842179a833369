import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { secretHash } from './secret-hash.ts'
import { openSignIn } from './session.fixture.ts'

const hour = 3600_000
let house: Awaited<ReturnType<typeof openSignIn>>
before(async () => {
  house = await openSignIn()
})
after(() => house.close())

describe('a link', () => {
  it('signs in once, as the root of its account, and the answer holds no secret', async () => {
    const link = await house.link()
    const first = await house.ask({ body: { link } })
    assert.equal(first.status, 200)
    const arn = `arn:aws:iam::${house.account}:root`
    assert.deepEqual(first.body, { account: house.account, accountName: 'home', arn })
    assert.match(
      String(first.headers['set-cookie']),
      /^modelmart-\d+=[\w-]{43}; Path=\/console-session\/; HttpOnly; SameSite=Strict$/,
    )
    assert.equal(first.headers['cache-control'], 'no-store')

    const keys = await house.credentials(first.cookie as string)
    assert.equal((await house.whoIs(keys)).Arn, arn)
    assert.ok(new Date(keys.expiration).getTime() - Date.now() <= hour)
    const again = await house.ask({ body: { link } })
    assert.deepEqual([again.status, again.body.code], [403, 'LinkUsed'])
  })

  it('is of no use after a quarter of an hour', async () => {
    const link = await house.link()
    house.ahead.ms += 15 * 60_000
    assert.equal((await house.ask({ body: { link } })).body.code, 'LinkUsed')
  })
})

describe('a session', () => {
  it('tells who is signed in and how long, to its cookie alone', async () => {
    const cookie = await house.signIn({ link: await house.link() })
    const { status, body } = await house.ask({ method: 'GET', cookie })
    assert.deepEqual([status, body.account, body.accountName], [200, house.account, 'home'])
    assert.equal(new Date(body.endsAt).getTime() - new Date(body.idleUntil).getTime(), 11 * hour)
    for (const other of [undefined, 'modelmart=x', `${cookie}x`]) {
      assert.equal((await house.ask({ method: 'GET', cookie: other })).body.code, 'NoSession')
      assert.equal((await house.ask({ path: 'credentials', cookie: other })).status, 401)
    }
  })

  it('finds the number of the account that goes by an alias, for whoever is signed in', async () => {
    const cookie = await house.signIn({ link: await house.link() })
    const numberOf = (account: unknown, as: string | undefined = cookie) =>
      house.ask({ path: 'account', body: { account }, cookie: as })
    assert.deepEqual((await numberOf('home')).body, { account: house.account })
    const unknown = await numberOf('nobody-at-all')
    assert.deepEqual([unknown.status, unknown.body.code], [404, 'NoAccount'])
    assert.equal((await numberOf(1)).body.code, 'InvalidRequest')
    assert.equal((await numberOf('home', 'modelmart=x')).body.code, 'NoSession')
  })

  it('is dead at once when it is signed out of, in every tab: AWS’s clients are told ExpiredToken', async () => {
    const cookie = await house.signIn({ link: await house.link() })
    const other = await house.signIn({ link: await house.link() })
    const tabs = [await house.credentials(cookie), await house.credentials(cookie)]
    for (const keys of tabs) await house.whoIs(keys)
    const out = await house.ask({ method: 'DELETE', cookie })
    assert.match(String(out.headers['set-cookie']), /^modelmart-\d+=; Max-Age=0; Path=\/console-session\/; HttpOnly/)
    for (const keys of tabs) await assert.rejects(house.whoIs(keys), { name: 'ExpiredToken' })
    assert.equal((await house.ask({ path: 'credentials', cookie })).body.code, 'NoSession')
    await house.whoIs(await house.credentials(other))
    assert.equal((await house.ask({ method: 'DELETE', cookie })).status, 200)
  })

  it('takes the roles with it that its user has switched to, and those that they have by these; a late one is refused', async () => {
    const { User: { Arn: AWS } = {} } = await house.iam.createUser({ UserName: 'switcher' })
    await house.iam.createLoginProfile({ UserName: 'switcher', Password: 'correct-Horse-7' })
    const Statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: [AWS, house.account] } }
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    const { Role } = await house.iam.createRole({ RoleName: 'switched', AssumeRolePolicyDocument })
    const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
    await house.iam.attachRolePolicy({ RoleName: 'switched', PolicyArn })
    const cookie = await house.signIn({ account: 'home', user: 'switcher', password: 'correct-Horse-7' })
    const own = await house.credentials(cookie)
    const role = await house.assume(own, Role?.Arn ?? '')
    const next = await house.assume(role, Role?.Arn ?? '')
    for (const keys of [role, next]) assert.match((await house.whoIs(keys)).Arn ?? '', /assumed-role\/switched\/test$/)
    await house.ask({ method: 'DELETE', cookie })
    for (const keys of [own, role, next]) await assert.rejects(house.whoIs(keys), { name: 'ExpiredToken' })
    const another = await house.signIn({ account: 'home', user: 'switcher', password: 'correct-Horse-7' })
    const late = await house.credentials(another)
    await house.store.db
      .deleteFrom('console_session')
      .where('hash', '=', secretHash(another.split('=')[1] ?? ''))
      .execute()
    await assert.rejects(house.assume(late, Role?.Arn ?? ''), { message: 'The console’s session has ended.' })
  })

  it('goes on as long as somebody works, and ends after an hour without and after twelve hours in any case', async () => {
    const idle = await house.signIn({ link: await house.link() })
    const busy = await house.signIn({ link: await house.link() })
    await house.credentials(idle)
    for (let passed = 0; passed < 11; passed++) {
      assert.equal((await house.ask({ path: 'credentials', cookie: busy })).status, 200)
      house.ahead.ms += hour - 1000
    }
    assert.equal((await house.ask({ path: 'credentials', cookie: idle })).body.code, 'NoSession')
    const last = await house.credentials(busy)
    house.ahead.ms += 50 * 60_000
    const rest = await house.credentials(busy)
    assert.equal(new Date(rest.expiration).getTime() - new Date(last.expiration).getTime() < 15 * 60_000, true)
    house.ahead.ms += 20 * 60_000
    assert.equal((await house.ask({ path: 'credentials', cookie: busy })).body.code, 'NoSession')
    await assert.rejects(house.whoIs(rest), { name: 'ExpiredToken' })
  })

  it('gives nobody credentials without end', async () => {
    const cookie = await house.signIn({ link: await house.link() })
    const statuses = new Set<number>()
    for (let asked = 0; asked < 70; asked++) statuses.add((await house.ask({ path: 'credentials', cookie })).status)
    assert.deepEqual([...statuses], [200, 429])
  })
})

describe('a request that is not of the console’s own page', () => {
  const refused: readonly (readonly [string, object])[] = [
    ['of another origin', { origin: 'http://evil.example' }],
    ['of another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['of a sandboxed page', { origin: 'null' }],
    ['without an origin', { origin: undefined }],
    ['without the own header', { 'x-modelmart-console': undefined }],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['as text, which needs no leave', { 'content-type': 'text/plain' }],
    ['that a browser knows to be cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['of another name of this site', { 'sec-fetch-site': 'same-site' }],
  ]
  for (const [what, headers] of refused)
    it(`does nothing: ${what}`, async () => {
      const link = await house.link()
      const { status, body, cookie } = await house.ask({ body: { link }, headers: headers as Record<string, string> })
      assert.deepEqual([status, body.code, cookie], [403, 'ForeignRequest', undefined])
      assert.equal((await house.ask({ body: { link } })).status, 200, 'the link is still good')
    })

  it('signs nobody out', async () => {
    const cookie = await house.signIn({ link: await house.link() })
    const { status } = await house.ask({ method: 'DELETE', cookie, headers: { origin: 'http://evil.example' } })
    assert.deepEqual([status, (await house.ask({ method: 'GET', cookie })).status], [403, 200])
  })
})

describe('a malformed request', () => {
  const bodies: readonly unknown[] = ['{', '[]', 'null', {}, { link: 1 }, { link: '' }, { link: 'x', user: 'y' }]
  for (const body of [
    ...bodies,
    { account: 'home', user: 'a' },
    { account: 'a', user: 'b', password: 'x'.repeat(129) },
  ])
    it(`is refused with what is wanted: ${JSON.stringify(body).slice(0, 40)}`, async () => {
      const answer = await house.ask({ body })
      assert.deepEqual([answer.status, answer.body.code], [400, 'InvalidRequest'])
    })

  it('is not read beyond its bound', async () => {
    assert.equal((await house.ask({ body: { link: 'x'.repeat(9000) } })).status, 413)
  })

  it('of a path or a method that there is not', async () => {
    assert.equal((await house.ask({ path: 'nothing' })).status, 404)
    assert.equal((await house.ask({ path: 'toString' })).status, 404)
    assert.equal((await house.ask({ method: 'PUT' })).status, 405)
  })
})
