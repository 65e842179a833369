import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiRequest } from './api-destination-request.ts'

type Asked = Parameters<typeof apiRequest>[0]
const basicAuth = { BasicAuthParameters: { Username: 'ann', Password: 'secret' } }
const asked = (more: Partial<Asked> = {}): Asked => ({
  ...{
    endpoint: 'https://api.example/v1/*/items/*',
    method: 'POST',
    parameters: basicAuth,
    target: {},
    input: '{"n":1.0}',
  },
  ...more,
})

test('an event is the body, as the rule made it', () => {
  const { method, body, headers } = apiRequest(asked())
  assert.deepEqual([method, body], ['POST', '{"n":1.0}'])
  assert.deepEqual(headers, {
    'content-type': 'application/json; charset=utf-8',
    authorization: `Basic ${Buffer.from('ann:secret').toString('base64')}`,
    'user-agent': 'Amazon/EventBridge/ApiDestinations',
  })
})

test('a connection shows its password, its key or its token', () => {
  const ApiKeyAuthParameters = { ApiKeyName: 'X-Key', ApiKeyValue: 'k' }
  assert.equal(apiRequest(asked({ parameters: { ApiKeyAuthParameters } })).headers['x-key'], 'k')
  const bearer = apiRequest(asked({ parameters: {}, token: 't' })).headers.authorization
  assert.equal(bearer, 'Bearer t')
})

test('stars of the path are values of the target, however they are written, and nothing beside', () => {
  const url = (values: string[]) => apiRequest(asked({ target: { PathParameterValues: values } })).url
  assert.equal(url(['a', 'b']), 'https://api.example/v1/a/items/b')
  assert.equal(url(['../../x?y', '@evil.example/']), 'https://api.example/v1/..%2F..%2Fx%3Fy/items/%40evil.example%2F')
  assert.equal(url([]), 'https://api.example/v1//items/')
})

test('headers, query and body of the connection come before those of the target', () => {
  const InvocationHttpParameters = {
    HeaderParameters: [{ Key: 'X-Team', Value: 'connection' }],
    QueryStringParameters: [{ Key: 'who', Value: 'a b' }],
    BodyParameters: [
      { Key: 'n', Value: 'mine' },
      { Key: 'more', Value: 'yes', IsValueSecret: true },
    ],
  }
  const target = {
    HeaderParameters: { 'X-Team': 'target', 'X-Other': ' o ' },
    QueryStringParameters: { who: 'target', x: '1' },
  }
  const endpoint = 'https://api.example/?fixed=1'
  const { headers, url, body } = apiRequest(
    asked({ parameters: { ...basicAuth, InvocationHttpParameters }, target, endpoint }),
  )
  assert.deepEqual([headers['x-team'], headers['x-other']], ['connection', 'o'])
  assert.equal(url, 'https://api.example/?fixed=1&who=a+b&x=1')
  assert.equal(body, '{"n":"mine","more":"yes"}')
  const text = apiRequest(asked({ parameters: { ...basicAuth, InvocationHttpParameters }, input: 'no JSON' })).body
  assert.equal(text, 'no JSON')
})

test('headers that frame a request are nobody’s to set', () => {
  const HeaderParameters = { Host: 'evil', 'Transfer-Encoding': 'chunked', 'Content-Length': '0', 'X-Good': 'yes' }
  const { headers } = apiRequest(asked({ target: { HeaderParameters } }))
  assert.deepEqual(Object.keys(headers).sort(), ['authorization', 'content-type', 'user-agent', 'x-good'])
  for (const ApiKeyName of ['Host', ' content-length ', 'TRANSFER-ENCODING', 'Proxy-Authorization']) {
    const parameters = { ApiKeyAuthParameters: { ApiKeyName, ApiKeyValue: 'evil' } }
    assert.deepEqual(Object.keys(apiRequest(asked({ parameters })).headers).sort(), ['content-type', 'user-agent'])
  }
})
