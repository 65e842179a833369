import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { type CreateConnectionCommandInput, EventBridge } from '@aws-sdk/client-eventbridge'
import { clientOf, installation } from './installation.ts'
import { eventually, parityOf, refused, unverified, verified } from './parity.ts'

interface Got {
  readonly path: string
  readonly authorization: string
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

const got: Got[] = []
/** What the authorization server gives out next, and what the API answers. */
const outside = { token: 'first', status: 200, authorized: 200 }

const folder = await mkdtemp(join(tmpdir(), 'modelmart-outside-'))
const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=outside'.split(' ')
const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
await promisify(execFile)('openssl', [...words, ...names, '-keyout', key, '-out', cert])
const pem = await readFile(cert, 'utf8')
setDefaultCACertificates([...getCACertificates('default'), pem])
const server = createServer({ cert: pem, key: await readFile(key) }, async (request, response) => {
  const { url: path = '', headers } = request
  const body = await text(request)
  got.push({ path, headers, body, authorization: headers.authorization ?? '' })
  if (!path.startsWith('/grant')) {
    const isOld = headers.authorization?.startsWith('Bearer ') && headers.authorization !== `Bearer ${outside.token}`
    return void response.writeHead(isOld ? 401 : outside.status).end('said so')
  }
  response.writeHead(outside.authorized, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ access_token: outside.token, token_type: 'bearer', expires_in: 3600 }))
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const base = `https://localhost:${(server.address() as AddressInfo).port}`
after(async () => {
  server.close().closeAllConnections()
  await rm(folder, { recursive: true })
})

let events: EventBridge
let RoleArn = ''
const at = installation(async opened => {
  events = clientOf(EventBridge, opened)
  const trust = { Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
  const { iam } = opened.owner
  RoleArn = (await iam.createRole({ RoleName: 'caller', AssumeRolePolicyDocument })).Role?.Arn ?? ''
  const Statement = { Effect: 'Allow', Action: 'events:InvokeApiDestination', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.putRolePolicy({ RoleName: 'caller', PolicyName: 'call', PolicyDocument })
})
const parity = parityOf('EventBridge')
const guide = verified('Amazon EventBridge User Guide, "API destinations"')
const api = verified('Amazon EventBridge API Reference')

const basic = { BasicAuthParameters: { Username: 'ann', Password: 'secret' } }
const connect = (Name: string, more: Partial<CreateConnectionCommandInput> = {}) =>
  events.createConnection({ Name, AuthorizationType: 'BASIC', AuthParameters: basic, ...more })
const oauth = (ClientSecret = 'hush') => ({
  OAuthParameters: {
    ...{ AuthorizationEndpoint: `${base}/grant`, HttpMethod: 'POST' as const },
    ClientParameters: { ClientID: 'mart', ClientSecret },
    OAuthHttpParameters: { BodyParameters: [{ Key: 'scope', Value: 'write', IsValueSecret: false }] },
  },
})

/** A rule for events of a source of its name, with an API destination at this path as its target. */
async function aim(name: string, ConnectionArn: string | undefined, path: string, HttpParameters?: object) {
  const destination = { Name: name, ConnectionArn, InvocationEndpoint: `${base}${path}`, HttpMethod: 'POST' as const }
  const { ApiDestinationArn: Arn } = await events.createApiDestination(destination)
  await events.putRule({ Name: name, EventPattern: JSON.stringify({ source: [name] }) })
  await events.putTargets({ Rule: name, Targets: [{ Id: 'api', Arn, RoleArn, HttpParameters }] })
}

const tell = (Source: string, detail: object = {}) =>
  events.putEvents({ Entries: [{ Source, DetailType: 'Told', Detail: JSON.stringify(detail) }] })
const at_ = (path: string, count = 1) =>
  eventually(
    async () => got.filter(one => one.path.startsWith(path)),
    found => found.length >= count,
  )

parity(
  'CreateConnection CreateApiDestination PutTargets PutEvents',
  guide,
  'an event is posted to an API, with the connection’s password and parameters and the target’s path',
  async () => {
    const InvocationHttpParameters = {
      HeaderParameters: [{ Key: 'X-Shop', Value: 'mart', IsValueSecret: false }],
      BodyParameters: [{ Key: 'shop', Value: 'hidden', IsValueSecret: true }],
    }
    const { ConnectionArn, ConnectionState } = await connect('posted', {
      AuthParameters: { ...basic, InvocationHttpParameters },
    })
    assert.equal(ConnectionState, 'AUTHORIZED')
    await aim('posted', ConnectionArn, '/posted/*', { PathParameterValues: ['a/b'], QueryStringParameters: { q: '1' } })
    await tell('posted', { n: 1 })
    const [request = assert.fail()] = await at_('/posted')
    assert.equal(request.path, '/posted/a%2Fb?q=1')
    assert.equal(request.authorization, `Basic ${Buffer.from('ann:secret').toString('base64')}`)
    assert.equal(request.headers['x-shop'], 'mart')
    const { detail, shop, source } = JSON.parse(request.body)
    assert.deepEqual([detail, shop, source], [{ n: 1 }, 'hidden', 'posted'])
  },
)

parity(
  'CreateConnection UpdateConnection DescribeConnection PutEvents',
  guide,
  'by OAuth a token is fetched once and used again, until the API does not take it any more',
  async () => {
    const { ConnectionArn } = await connect('tokens', {
      AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
      AuthParameters: oauth(),
    })
    const state = (wanted: string) =>
      eventually(
        () => events.describeConnection({ Name: 'tokens' }),
        ({ ConnectionState }) => ConnectionState === wanted,
      )
    await state('AUTHORIZED')
    const [asked] = await at_('/grant')
    assert.equal(asked?.authorization, `Basic ${Buffer.from('mart:hush').toString('base64')}`)
    assert.equal(asked?.body, 'grant_type=client_credentials&scope=write')
    await aim('tokens', ConnectionArn, '/tokens')
    await tell('tokens')
    await tell('tokens')
    const sent = await at_('/tokens', 2)
    assert.deepEqual(
      sent.map(({ authorization }) => authorization),
      ['Bearer first', 'Bearer first'],
    )
    outside.token = 'second'
    await tell('tokens')
    assert.equal((await at_('/tokens', 4))[3]?.authorization, 'Bearer second')
    outside.authorized = 401
    await events.updateConnection({ Name: 'tokens', AuthParameters: oauth('wrong') })
    assert.match((await state('DEAUTHORIZED')).StateReason ?? '', /answered 401/)
    outside.authorized = 200
    await events.updateConnection({ Name: 'tokens', AuthParameters: oauth() })
    await state('AUTHORIZED')
  },
)

parity(
  'CreateConnection DeauthorizeConnection DescribeConnection UpdateConnection',
  api,
  'a connection that is deauthorized has no secrets any more, and takes others',
  async () => {
    const { ConnectionArn } = await connect('left')
    const { ConnectionState, ConnectionArn: arn } = await events.deauthorizeConnection({ Name: 'left' })
    assert.deepEqual([ConnectionState, arn], ['DEAUTHORIZED', ConnectionArn])
    const told = await events.describeConnection({ Name: 'left' })
    assert.deepEqual([told.ConnectionState, told.AuthorizationType, told.AuthParameters], ['DEAUTHORIZED', 'BASIC', {}])
    await refused(events.updateConnection({ Name: 'left' }), 'ValidationException', /must hold BasicAuthParameters/)
    const updated = await events.updateConnection({ Name: 'left', AuthParameters: basic })
    assert.equal(updated.ConnectionState, 'AUTHORIZED')
    await refused(events.deauthorizeConnection({ Name: 'none' }), 'ResourceNotFoundException', /'none' does not exist/)
  },
)

parity(
  'CreateConnection DescribeConnection UpdateConnection ListConnections DeleteConnection',
  api,
  'a connection is made, told without its secrets, changed, listed in pages and deleted',
  async () => {
    const InvocationHttpParameters = {
      QueryStringParameters: [
        { Key: 'open', Value: 'yes', IsValueSecret: false },
        { Key: 'closed', Value: 'no', IsValueSecret: true },
      ],
    }
    const ApiKeyAuthParameters = { ApiKeyName: 'x-key', ApiKeyValue: 'hush' }
    const AuthParameters = { ApiKeyAuthParameters, InvocationHttpParameters }
    await connect('kept-1', { AuthorizationType: 'API_KEY', AuthParameters, Description: 'first' })
    await connect('kept-2')
    const { AuthParameters: told, Description, AuthorizationType } = await events.describeConnection({ Name: 'kept-1' })
    assert.deepEqual([Description, AuthorizationType], ['first', 'API_KEY'])
    assert.deepEqual(told, {
      ApiKeyAuthParameters: { ApiKeyName: 'x-key' },
      InvocationHttpParameters: {
        QueryStringParameters: [
          { Key: 'open', IsValueSecret: false, Value: 'yes' },
          { Key: 'closed', IsValueSecret: true },
        ],
      },
    })
    await events.updateConnection({ Name: 'kept-1', AuthorizationType: 'BASIC', AuthParameters: basic })
    const changed = await events.describeConnection({ Name: 'kept-1' })
    assert.deepEqual(changed.AuthParameters?.BasicAuthParameters, { Username: 'ann' })
    const first = await events.listConnections({ NamePrefix: 'kept-', Limit: 1 })
    const rest = await events.listConnections({ NamePrefix: 'kept-', Limit: 1, NextToken: first.NextToken })
    assert.deepEqual(
      [first, rest].map(({ Connections }) => Connections?.map(({ Name }) => Name)),
      [['kept-1'], ['kept-2']],
    )
    assert.deepEqual(
      (await events.listConnections({ ConnectionState: 'DEAUTHORIZED', NamePrefix: 'kept-' })).Connections,
      [],
    )
    await refused(connect('kept-1'), 'ResourceAlreadyExistsException', /already exists/)
    await events.deleteConnection({ Name: 'kept-1' })
    await refused(events.describeConnection({ Name: 'kept-1' }), 'ResourceNotFoundException', /'kept-1' does not exist/)
    await refused(events.deleteConnection({ Name: 'kept-1' }), 'ResourceNotFoundException', /does not exist/)
    await refused(events.updateConnection({ Name: 'kept-1' }), 'ResourceNotFoundException', /does not exist/)
  },
)

parity(
  'CreateApiDestination DescribeApiDestination UpdateApiDestination ListApiDestinations DeleteApiDestination',
  api,
  'an API destination is made, changed, listed and deleted; without its connection it is inactive',
  async () => {
    const { ConnectionArn } = await connect('for-destinations')
    const make = (Name: string) =>
      events.createApiDestination({
        Name,
        ConnectionArn,
        InvocationEndpoint: `${base}/x`,
        HttpMethod: 'PUT',
        Description: 'd',
      })
    const { ApiDestinationArn, ApiDestinationState } = await make('made-1')
    await make('made-2')
    assert.match(
      ApiDestinationArn ?? '',
      /^arn:aws:events:us-east-1:123456789012:api-destination\/made-1\/[0-9a-f-]{36}$/,
    )
    assert.equal(ApiDestinationState, 'ACTIVE')
    await events.updateApiDestination({ Name: 'made-1', HttpMethod: 'PATCH', InvocationRateLimitPerSecond: 7 })
    const {
      $metadata: _,
      CreationTime,
      LastModifiedTime,
      ...told
    } = await events.describeApiDestination({ Name: 'made-1' })
    assert.ok(CreationTime && LastModifiedTime)
    assert.deepEqual(told, {
      ...{ ApiDestinationArn, ApiDestinationState: 'ACTIVE', Name: 'made-1', ConnectionArn, Description: 'd' },
      ...{ InvocationEndpoint: `${base}/x`, HttpMethod: 'PATCH', InvocationRateLimitPerSecond: 7 },
    })
    const listed = await events.listApiDestinations({ NamePrefix: 'made-', Limit: 1 })
    const rest = await events.listApiDestinations({ NamePrefix: 'made-', Limit: 1, NextToken: listed.NextToken })
    assert.deepEqual(
      rest.ApiDestinations?.map(({ Name, InvocationRateLimitPerSecond }) => [Name, InvocationRateLimitPerSecond]),
      [['made-2', 300]],
    )
    const ofIt = await events.listApiDestinations({ ConnectionArn })
    assert.equal(ofIt.ApiDestinations?.length, 2)
    await refused(make('made-1'), 'ResourceAlreadyExistsException', /already exists/)
    await events.deleteConnection({ Name: 'for-destinations' })
    assert.equal((await events.describeApiDestination({ Name: 'made-1' })).ApiDestinationState, 'INACTIVE')
    await refused(make('made-3'), 'ResourceNotFoundException', /does not exist/)
    await events.deleteApiDestination({ Name: 'made-1' })
    await refused(
      events.describeApiDestination({ Name: 'made-1' }),
      'ResourceNotFoundException',
      /'made-1' does not exist/,
    )
    await refused(events.updateApiDestination({ Name: 'made-1' }), 'ResourceNotFoundException', /does not exist/)
    await refused(events.deleteApiDestination({ Name: 'made-1' }), 'ResourceNotFoundException', /does not exist/)
  },
)

parity(
  'CreateConnection CreateApiDestination PutTargets',
  unverified('the texts are ours; what cannot be reached or is not served is refused by its name'),
  'what cannot be is refused',
  async () => {
    const refuse = (call: Promise<unknown>, says: RegExp) => refused(call, 'ValidationException', says)
    const KmsKeyIdentifier = 'alias/x'
    await refuse(connect('x', { KmsKeyIdentifier }), /KmsKeyIdentifier is not served/)
    const ResourceConfigurationArn =
      'arn:aws:vpc-lattice:us-east-1:123456789012:resourceconfiguration/rcfg-0123456789abcdefg'
    const private_ = { ResourceParameters: { ResourceConfigurationArn } }
    await refuse(connect('x', { InvocationConnectivityParameters: private_ }), /ConnectivityParameters is not served/)
    await refuse(connect('x', { AuthorizationType: 'API_KEY' }), /must hold ApiKeyAuthParameters/)
    await refuse(connect('x', { AuthParameters: { ...basic, ...oauth() } }), /parameters of no other type/)
    const keyed = (ApiKeyName: string) =>
      connect('x', {
        AuthorizationType: 'API_KEY',
        AuthParameters: { ApiKeyAuthParameters: { ApiKeyName, ApiKeyValue: 'k' } },
      })
    for (const name of ['Host', 'content-length', ' Transfer-Encoding ', 'X Key'])
      await refuse(keyed(name), /may not set the header/)
    const InvocationHttpParameters = { HeaderParameters: [{ Key: 'Connection', Value: 'x' }] }
    const AuthParameters = { ...basic, InvocationHttpParameters }
    await refuse(connect('x', { AuthParameters }), /may not set the header Connection/)
    const inner = oauth()
    inner.OAuthParameters.AuthorizationEndpoint = 'https://10.0.0.1/token'
    const type = { AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS' as const }
    await refuse(connect('x', { ...type, AuthParameters: inner }), /10\.0\.0\.1 is not a public address/)
    const { ConnectionArn } = await connect('refusing')
    const make = (InvocationEndpoint: string, Name = 'refusing') =>
      events.createApiDestination({ Name, ConnectionArn, InvocationEndpoint, HttpMethod: 'POST' })
    for (const endpoint of ['http://receiver.invalid/', 'https://*.invalid/', 'receiver.invalid'])
      await refuse(make(endpoint), /InvocationEndpoint must be an HTTPS URL/)
    await refuse(make(`${at.url.replace('http://localhost', 'https://127.0.0.1')}/`), /is this platform itself/)
    const { ApiDestinationArn: Arn } = await make(`${base}/refusing`)
    await events.putRule({ Name: 'refusing', EventPattern: '{"source":["refusing"]}' })
    const target = (more: object) => events.putTargets({ Rule: 'refusing', Targets: [{ Id: 'api', Arn, ...more }] })
    await refuse(target({}), /RoleArn is required/)
    await refuse(
      target({ RoleArn, HttpParameters: { HeaderParameters: { Host: 'x' } } }),
      /may not set the header Host/,
    )
    await refuse(target({ RoleArn: at.owner.role }), /Could not assume role/)
    const theirs = { Arn: Arn?.replace('123456789012', '210987654321'), RoleArn }
    await refuse(target(theirs), /must be an API destination of account 123456789012/)
  },
)
