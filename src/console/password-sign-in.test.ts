import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { openSignIn } from './session.fixture.ts'

const Password = 'correct-Horse-7'
let house: Awaited<ReturnType<typeof openSignIn>>
before(async () => {
  house = await openSignIn()
  await house.iam.createAccountAlias({ AccountAlias: 'the-house' })
  await person('ada')
})
after(() => house.close())

const person = async (UserName: string, more: object = {}) => {
  await house.iam.createUser({ UserName })
  await house.iam.createLoginProfile({ UserName, Password, ...more })
}
const as = (user: string, password: string, more: object = {}) => ({ account: 'home', user, password, ...more })
/** Attempts come back with time. */
const rest = () => {
  house.ahead.ms += 5 * 60_000
}

describe('a user with a password', () => {
  it('signs in by the account’s name, alias or number, and may what its policies allow', async () => {
    for (const account of ['home', 'the-house', 'The-House', house.account]) {
      const cookie = await house.signIn({ account, user: 'ada', password: Password })
      const keys = await house.credentials(cookie)
      assert.equal((await house.whoIs(keys)).Arn, `arn:aws:iam::${house.account}:user/ada`)
      await assert.rejects(house.iamWith(keys).listUsers({}), { name: 'AccessDenied' })
    }
  })

  it('is told the same for whatever is wrong', async () => {
    const wrong = [
      as('ada', 'wrong'),
      as('nobody', Password),
      { ...as('ada', Password), account: 'nowhere' },
      { ...as('ada', Password), account: '999999999999' },
    ]
    const answers = await Promise.all(wrong.map(body => house.ask({ body })))
    assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
    for (const { status, body, cookie } of answers)
      assert.deepEqual([status, body.code, cookie], [403, 'SignInFailed', undefined])
  })

  it('that was deleted, or lost its login profile, does not sign in, and a session of a deleted one is over', async () => {
    rest()
    await person('brief')
    const cookie = await house.signIn(as('brief', Password))
    const keys = await house.credentials(cookie)
    await house.iam.deleteLoginProfile({ UserName: 'brief' })
    assert.equal((await house.ask({ body: as('brief', Password) })).body.code, 'SignInFailed')
    await house.iam.deleteUser({ UserName: 'brief' })
    assert.equal((await house.ask({ path: 'credentials', cookie })).body.code, 'NoSession')
    await assert.rejects(house.iamWith(keys).listUsers({}), { name: 'AccessDenied' })
  })

  it('changes it in the console, by AWS’s own operation', async () => {
    await house.iam.updateAccountPasswordPolicy({ AllowUsersToChangePassword: true, MinimumPasswordLength: 8 })
    await person('eve')
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'iam:ChangePassword', Resource: '*' },
    })
    await house.iam.putUserPolicy({ UserName: 'eve', PolicyName: 'own', PolicyDocument })
    const keys = await house.credentials(await house.signIn(as('eve', Password)))
    await house.iamWith(keys).changePassword({ OldPassword: Password, NewPassword: 'another-Horse-8' })
    assert.equal((await house.ask({ body: as('eve', Password) })).body.code, 'SignInFailed')
    await house.signIn(as('eve', 'another-Horse-8'))
  })
})

describe('a password that has to be changed', () => {
  it('opens nothing until another one is chosen that the policy takes', async () => {
    rest()
    await person('new', { PasswordResetRequired: true })
    assert.equal(
      (await house.ask({ body: as('new', 'wrong', { newPassword: 'fresh-Horse-9' }) })).body.code,
      'SignInFailed',
    )
    const asked = await house.ask({ body: as('new', Password) })
    assert.deepEqual([asked.status, asked.body.code, asked.cookie], [403, 'NewPasswordRequired', undefined])
    const weak = await house.ask({ body: as('new', Password, { newPassword: 'short' }) })
    assert.equal(weak.body.code, 'PasswordPolicyViolation')
    await house.signIn(as('new', Password, { newPassword: 'fresh-Horse-9' }))
    rest()
    assert.equal((await house.ask({ body: as('new', Password) })).body.code, 'SignInFailed')
    await house.signIn(as('new', 'fresh-Horse-9'))
  })

  it('for its age, by its owner, or by an administrator where expiry is hard', async () => {
    rest()
    await person('old')
    await person('older')
    await house.iam.updateAccountPasswordPolicy({ MaxPasswordAge: 30 })
    await house.signIn(as('old', Password))
    house.ahead.ms += 30 * 86_400_000
    assert.equal((await house.ask({ body: as('old', Password) })).body.code, 'NewPasswordRequired')
    await house.signIn(as('old', Password, { newPassword: 'fresh-Horse-9' }))
    await house.iam.updateAccountPasswordPolicy({ MaxPasswordAge: 30, HardExpiry: true })
    assert.equal((await house.ask({ body: as('older', Password) })).body.code, 'PasswordExpired')
    await house.iam.deleteAccountPasswordPolicy({})
  })
})

describe('guessing', () => {
  it('is slowed, told in the security log of the account, and holds no password there', async () => {
    rest()
    const guess = (password: string) => house.ask({ body: as('ada', password) })
    const before = (await house.told()).length
    const codes: string[] = []
    for (let guessed = 0; guessed < 8; guessed++) codes.push((await guess(`guess-${guessed}`)).body.code)
    assert.deepEqual(codes.slice(0, 5), Array(5).fill('SignInFailed'))
    assert.deepEqual([...new Set(codes.slice(5))], ['TooManyAttempts'])
    assert.equal((await guess(Password)).body.code, 'TooManyAttempts', 'nor does the right one help the guesser')
    const told = (await house.told()).slice(before)
    assert.deepEqual([...new Set(told.map(event => event.errorCode))].sort(), ['SignInFailed', 'TooManyAttempts'])
    for (const event of told) {
      assert.deepEqual([event.eventType, event.eventSource], ['AwsConsoleSignIn', 'signin.amazonaws.com'])
      assert.deepEqual([event.userIdentity.userName, event.recipientAccountId], ['ada', house.account])
      assert.deepEqual([event.errorMessage, event.responseElements.ConsoleLogin], ['Failed authentication', 'Failure'])
      assert.equal(event.sourceIPAddress, '127.0.0.1')
    }
    rest()
    await house.signIn(as('ada', Password))
    const successes = (await house.told()).filter(event => event.responseElements.ConsoleLogin === 'Success')
    assert.deepEqual([successes.at(-1).userIdentity.userName, successes.at(-1).errorCode], ['ada', undefined])
    assert.doesNotMatch(JSON.stringify(await house.told()), /guess-|Horse/)
  })

  it('of user names tells none: who typed the password there finds it in no log', async () => {
    rest()
    await house.ask({ body: as(Password, 'ada') })
    const names = (await house.told()).map(event => event.userIdentity.userName)
    assert.ok(names.includes('HIDDEN_DUE_TO_SECURITY_REASONS'))
    assert.ok(!names.includes(Password))
  })

  it('at many users from one place is slowed too', async () => {
    rest()
    const codes = new Set<string>()
    for (let user = 0; user < 24; user++) codes.add((await house.ask({ body: as(`user-${user}`, 'x') })).body.code)
    assert.deepEqual([...codes], ['SignInFailed', 'TooManyAttempts'])
  })
})

describe('a password over plain http to another machine', () => {
  const host = 'market.example.com:8600'
  const away = { host, origin: `http://${host}` }

  it('is refused with what to do, before it is looked at', async () => {
    rest()
    const { status, body } = await house.ask({ body: as('ada', Password), headers: away })
    assert.deepEqual([status, body.code], [403, 'SecureConnectionRequired'])
    assert.match(body.message, /use https .*`modelmart console`.*--allow-plain-sign-in/)
    const link = await house.ask({ body: { link: await house.link() }, headers: away })
    assert.equal(link.status, 200, 'a link is used up by the first who uses it')
  })

  it('is taken from behind a proxy that ends TLS, and where the operator allows it', async () => {
    const proxied = await house.ask({ body: as('ada', Password), headers: { host, origin: `https://${host}` } })
    assert.equal(proxied.status, 200)
    const open = await openSignIn({ allowPlainSignIn: true })
    await open.iam.createUser({ UserName: 'ada' })
    await open.iam.createLoginProfile({ UserName: 'ada', Password })
    assert.equal((await open.ask({ body: as('ada', Password), headers: away })).status, 200)
    await open.close()
  })

  for (const name of ['localhost:8600', '127.0.0.1', '[::1]:8600', 'modelmart.localhost'])
    it(`is none to this machine itself: ${name}`, async () => {
      rest()
      const headers = { host: name, origin: `http://${name}` }
      assert.equal((await house.ask({ body: as('ada', Password), headers })).status, 200)
    })
})
