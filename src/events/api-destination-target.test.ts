import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Undeliverable } from '../delivery/undeliverable.ts'
import { AccessDenied } from '../ground/errors.ts'
import { AddressRefused, type OutgoingAnswer, type OutgoingRequest } from '../outgoing/outgoing-request.ts'
import { eachBy } from '../outgoing/way-out.ts'
import { openTestStore } from '../store/store.fixture.ts'
import { sendToApiDestination } from './api-destination-target.ts'
import { type AuthParameters, createConnectionSecrets } from './connection-secret.ts'
import type { TargetRow } from './target-row.ts'

const place = { account: '111122223333', region: 'us-east-1' }
const connection = 'arn:aws:events:us-east-1:111122223333:connection/c/1'
const destination = 'arn:aws:events:us-east-1:111122223333:api-destination/d/1'
const secrets = createConnectionSecrets(Buffer.alloc(32, 1))
const basic: AuthParameters = { BasicAuthParameters: { Username: 'ann', Password: 'open sesame' } }
const oauth: AuthParameters = {
  OAuthParameters: {
    ...{ AuthorizationEndpoint: 'https://grant.example/', HttpMethod: 'POST' },
    ClientParameters: { ClientID: 'mart', ClientSecret: 'open sesame' },
  },
}

interface Given {
  readonly parameters?: AuthParameters
  readonly mayInvoke?: boolean
  readonly answer?: (request: OutgoingRequest) => OutgoingAnswer
}

async function openTarget({ parameters = basic, mayInvoke = true, answer = () => ({ status: 200, text: '' }) }: Given) {
  const store = await openTestStore()
  const named = { ...place, name: 'c', description: null, created: 0, modified: 0 }
  const type = parameters.OAuthParameters ? 'OAUTH_CLIENT_CREDENTIALS' : 'BASIC'
  const state = { type, state: 'AUTHORIZED', state_reason: null, sealed_token: null, token_expires: 0, authorized: 0 }
  const row = { arn: connection, ...named, ...state, sealed: secrets.seal(connection, parameters) }
  await store.db.insertInto('event_connection').values(row).execute()
  const api = { connection_arn: connection, endpoint: 'https://api.example/x', method: 'POST', per_second: 300 }
  await store.db
    .insertInto('event_api_destination')
    .values({ arn: destination, ...named, ...api })
    .execute()
  const sent: OutgoingRequest[] = []
  const ask = async (request: OutgoingRequest) => {
    sent.push(request)
    return answer(request)
  }
  const wayOut = { problem: () => undefined, close() {}, send: ask, sendEach: eachBy(ask) }
  const iam = {
    assumeForService: async () => ({ kind: 'assumed-role', account: place.account, arn: 'role', userId: 'role' }),
    async authorize() {
      if (!mayInvoke) throw new AccessDenied('the role may not invoke it')
    },
  }
  const target = { rule_arn: 'arn:aws:events:us-east-1:111122223333:rule/r', id: 't', arn: destination, ...place }
  const options = { options: '{"RoleArn":"role"}', retry_at: 0 }
  const sendAll = (details: readonly string[]) =>
    sendToApiDestination(
      { store, wayOut, secrets, iam } as never,
      { ...target, ...options } as TargetRow,
      details.map((detail, seq) => ({ seq, announced: 0, attempts: 0, body: `{"detail":${detail}}` })),
      new AbortController().signal,
    )
  return { store, sent, sendAll, send: async () => (await sendAll(['{}']))[0] }
}

const codeOf = (outcome: unknown): string =>
  outcome === undefined ? 'delivered' : outcome instanceof Undeliverable ? outcome.code : 'again'

for (const [status, becomes] of Object.entries({
  ...{ 200: 'delivered', 204: 'delivered', 302: 'HTTP_302', 400: 'HTTP_400', 404: 'HTTP_404' },
  ...{ 401: 'again', 407: 'again', 409: 'again', 429: 'again', 500: 'again', 503: 'again' },
}))
  test(`an API that answers ${status}: ${becomes}`, async () => {
    const { send } = await openTarget({ answer: () => ({ status: Number(status), text: 'why' }) })
    assert.equal(codeOf(await send()), becomes)
  })

test('an address that may not be asked, a role that may not ask, and a connection that is gone are final', async () => {
  const refused = await openTarget({
    answer: () => {
      throw new AddressRefused('10.0.0.1 is not a public address')
    },
  })
  assert.equal(codeOf(await refused.send()), 'ADDRESS_REFUSED')
  const denied = await openTarget({ mayInvoke: false })
  assert.equal(codeOf(await denied.send()), 'NO_PERMISSIONS')
  assert.deepEqual(denied.sent, [])
  const gone = await openTarget({})
  await gone.store.db.deleteFrom('event_connection').where('arn', '=', connection).execute()
  assert.equal(codeOf(await gone.send()), 'RESOURCE_NOT_FOUND')
})

test('a connection that was deauthorized asks nobody', async () => {
  const { send, sent } = await openTarget({ parameters: {} })
  assert.equal(codeOf(await send()), 'NOT_AUTHORIZED')
  assert.deepEqual(sent, [])
})

const grants: readonly (readonly [string, OutgoingAnswer, string])[] = [
  ['no JSON', { status: 200, text: 'hello' }, 'NOT_AUTHORIZED'],
  ['no token', { status: 200, text: '{}' }, 'NOT_AUTHORIZED'],
  ['a token with a line feed', { status: 200, text: '{"access_token":"a\\nb: c"}' }, 'NOT_AUTHORIZED'],
  ['a refusal', { status: 400, text: '{"error":"invalid_client"}' }, 'NOT_AUTHORIZED'],
  ['a failure of its own', { status: 503, text: '' }, 'again'],
  ['too many requests', { status: 429, text: '' }, 'again'],
  ['a token', { status: 200, text: '{"access_token":"t","expires_in":"3600"}' }, 'delivered'],
]
for (const [says, answer, becomes] of grants)
  test(`an authorization server that answers ${says}: ${becomes}`, async () => {
    const isGrant = ({ url }: OutgoingRequest) => url.startsWith('https://grant.example/')
    const { send, sent } = await openTarget({
      ...{ parameters: oauth, answer: request => (isGrant(request) ? answer : { status: 200, text: '' }) },
    })
    assert.equal(codeOf(await send()), becomes)
    assert.equal(
      sent.some(request => !isGrant(request)),
      becomes === 'delivered',
    )
  })

test('a token is kept for the next event, and no secret stands in the database as it is', async () => {
  const { store, send, sent } = await openTarget({
    ...{ parameters: oauth, answer: () => ({ status: 200, text: '{"access_token":"very-secret-token"}' }) },
  })
  await send()
  await send()
  assert.deepEqual(
    sent.map(({ url }) => new URL(url).host),
    ['grant.example', 'api.example', 'api.example'],
  )
  const rows = JSON.stringify(await store.db.selectFrom('event_connection').selectAll().execute())
  assert.ok(!rows.includes('open sesame') && !rows.includes('very-secret-token'))
})

test('what a token was refused for is sent once more with a new one, and what was taken is not', async () => {
  let token = 0
  const got: string[] = []
  const { sendAll } = await openTarget({
    parameters: oauth,
    answer({ url, headers, body }) {
      if (url.startsWith('https://grant.example/')) return { status: 200, text: `{"access_token":"t${++token}"}` }
      if (headers.authorization === 'Bearer t1' && body.includes('late')) return { status: 401, text: '' }
      got.push(body)
      return { status: 200, text: '' }
    },
  })
  const outcomes = await sendAll(['"early"', '"late"', '"early too"'])
  assert.deepEqual(outcomes.map(codeOf), ['delivered', 'delivered', 'delivered'])
  assert.deepEqual(got, ['{"detail":"early"}', '{"detail":"early too"}', '{"detail":"late"}'])
})

test('an authorization server that gives no second token holds up only what the first is refused for', async () => {
  let token = 0
  const { sendAll } = await openTarget({
    parameters: oauth,
    answer({ url, body }) {
      const status = url.startsWith('https://grant.example/') && ++token > 1 ? 503 : body.includes('late') ? 401 : 200
      return { status, text: '{"access_token":"t"}' }
    },
  })
  assert.deepEqual((await sendAll(['"early"', '"late"'])).map(codeOf), ['delivered', 'again'])
})
