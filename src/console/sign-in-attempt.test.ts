import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock, useClock } from '../ground/clock.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { createSignInLimits, type SignInLimits } from './sign-in-limits.ts'

test('servers on one database count attempts at passwords together, also after a restart', async () => {
  let now = Date.now()
  using _ = useClock({ ...systemClock, now: () => now })
  const store = await openTestStore()
  const servers = Array.from({ length: 3 }, () => createSignInLimits(store))
  const tries = async (limits: SignInLimits, network: string, user = 'ada') =>
    limits.takeAttempt(network, user).then(
      () => true,
      ({ code }) => assert.equal(code, 'TooManyAttempts'),
    )
  const outcomes: unknown[] = []
  for (let attempt = 0; attempt < 9; attempt++)
    outcomes.push(await tries(servers[attempt % 3] as SignInLimits, '198.51.100.7'))
  assert.deepEqual(outcomes, [true, true, true, true, true, ...Array(4).fill(undefined)])
  assert.equal(await tries(createSignInLimits(store), '198.51.100.7'), undefined, 'a server that was started again')
  assert.equal(await tries(servers[0] as SignInLimits, '203.0.113.9'), true, 'another network')
  assert.equal(await tries(servers[0] as SignInLimits, '198.51.100.7', 'bob'), true, 'another user')
  now += 12_000
  assert.equal(await tries(servers[1] as SignInLimits, '198.51.100.7'), true, 'one more in twelve seconds')
  assert.equal(await tries(servers[2] as SignInLimits, '198.51.100.7'), undefined)
  const rows = await store.db.selectFrom('sign_in_attempt').selectAll().execute()
  assert.doesNotMatch(JSON.stringify(rows), /ada|bob|198/)
  now -= 3_600_000
  assert.equal(await tries(servers[0] as SignInLimits, '198.51.100.7'), true, 'a clock that was set back')
  now += 7_200_000
  await tries(servers[0] as SignInLimits, '198.51.100.7')
  assert.equal((await store.db.selectFrom('sign_in_attempt').selectAll().execute()).length, 3, 'the rest is forgotten')
  await store.close()
})
