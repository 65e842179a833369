import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openIamFixture } from './iam.fixture.ts'
import { hashPassword, isPassword } from './password.ts'
import { checkPassword } from './password-policy.ts'

test('what is kept of a password does not hold it, differs each time, and knows it again', async () => {
  const [one, two] = [await hashPassword('Correct-Horse-1'), await hashPassword('Correct-Horse-1')]
  assert.notEqual(one, two)
  assert.doesNotMatch(one, /Correct|Horse/)
  assert.deepEqual([await isPassword('Correct-Horse-1', one), await isPassword('Correct-Horse-2', one)], [true, false])
})

test('no row and no answer holds a password', async () => {
  const { root, store } = await openIamFixture()
  await root.iam('CreateUser', { UserName: 'ann' })
  const answer = await root.iam('CreateLoginProfile', { UserName: 'ann', Password: 'Correct-Horse-1' })
  const rows = await store.db.selectFrom('iam_login_profile').selectAll().execute()
  assert.doesNotMatch(JSON.stringify([answer, rows]), /Correct-Horse/)
  const bad = root.iam('CreateLoginProfile', { UserName: 'ann', Password: 'secret-1' })
  await assert.rejects(bad, (error: Error) => !error.message.includes('secret'))
})

const policy = {
  ...{ MinimumPasswordLength: 10, RequireSymbols: true, RequireNumbers: true, RequireUppercaseCharacters: true },
  ...{ RequireLowercaseCharacters: true, AllowUsersToChangePassword: false, HardExpiry: false },
}
const weak: [password: string, policy: typeof policy | undefined, message: RegExp][] = [
  ['Short-1', undefined, /minimum length of 8$/],
  ['lowercase1', undefined, /one uppercase letter$/],
  ['Long-enough1'.slice(0, 9), policy, /minimum length of 10$/],
  ['LOWERCASE-1', policy, /one lowercase letter$/],
  ['uppercase-1', policy, /one uppercase letter$/],
  ['No-Number-x', policy, /one number$/],
  ['NoSymbolAt1', policy, /following symbols/],
]
for (const [password, rules, message] of weak)
  test(`a weak password is told what it lacks: ${message.source}`, () =>
    assert.throws(() => checkPassword(password, rules), { code: 'PasswordPolicyViolation', message }))

test('a strong password passes both', () => {
  checkPassword('Correct-Horse-1', undefined)
  checkPassword('Correct-Horse-1', policy)
})
