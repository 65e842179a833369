import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { IAM } from '@aws-sdk/client-iam'
import { type AssumeRoleWithWebIdentityCommandInput, STS } from '@aws-sdk/client-sts'
import { type IdentityProvider, newKey, openIdentityProvider } from './identity-provider.ts'
import { clientOf, installation } from './installation.ts'
import { differs, parityOf, refused, unverified, verified } from './parity.ts'

let provider: IdentityProvider
let trusted: string
const at = installation(async ({ owner }) => {
  provider = await openIdentityProvider()
  const made = await owner.iam.createOpenIDConnectProvider({
    Url: provider.issuer,
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [provider.thumbprint],
  })
  trusted = made.OpenIDConnectProviderArn ?? ''
})
after(() => provider?.close())

const parity = parityOf('STS')
const parityOfIam = parityOf('IAM')
const guide = verified('AWS STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, OIDC federation')

/** A role that the provider's tokens may have under these conditions. */
async function roleFor(RoleName: string, condition: object, actions = ['sts:AssumeRoleWithWebIdentity']) {
  const statement = { Effect: 'Allow', Principal: { Federated: trusted }, Action: actions, Condition: condition }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const { Role } = await at.owner.iam.createRole({ RoleName, AssumeRolePolicyDocument })
  return Role?.Arn ?? ''
}

/** Asks again where the provider, which is this process, was too slow for the server. */
async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;)
    try {
      return await ask()
    } catch (error) {
      if (!/no answer within/.test((error as Error).message)) throw error
    }
}

/** A program that has a token and no key. */
const assume = (
  RoleArn: string,
  WebIdentityToken: string,
  more: Partial<AssumeRoleWithWebIdentityCommandInput> = {},
) => {
  const input = { RoleArn, WebIdentityToken, RoleSessionName: 'run-7', ...more }
  return patiently(() => clientOf(STS, at).assumeRoleWithWebIdentity(input))
}

const now = () => Math.floor(Date.now() / 1000)
const usual = () => ({ sub: 'runner', aud: 'sts.amazonaws.com', iat: now(), exp: now() + 600 })

parity('AssumeRoleWithWebIdentity GetCallerIdentity', guide, 'a token of a provider becomes a session', async () => {
  const conditions = { [`${provider.name}:aud`]: 'sts.amazonaws.com', [`${provider.name}:sub`]: 'runner' }
  const role = await roleFor('runner', { StringEquals: conditions })
  const made = await assume(role, await provider.token(), { DurationSeconds: 900 })
  const arn = `arn:aws:sts::${at.owner.id}:assumed-role/runner/run-7`
  assert.equal(made.AssumedRoleUser?.Arn, arn)
  assert.deepEqual(
    [made.SubjectFromWebIdentityToken, made.Audience, made.Provider],
    ['runner', 'sts.amazonaws.com', provider.issuer],
  )
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = made.Credentials ?? {}
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
  assert.equal((await clientOf(STS, at, { credentials }).getCallerIdentity({})).Arn, arn)
  await refused(
    assume(role, await provider.token(), { DurationSeconds: 7200 }),
    'ValidationError',
    /MaxSessionDuration/,
  )
})

parity('AssumeRoleWithWebIdentity', guide, 'the trust policy decides by what the token says', async () => {
  const denied = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
  const other = await roleFor('other-subject', { StringEquals: { [`${provider.name}:sub`]: 'somebody' } })
  await refused(assume(other, await provider.token()), 'AccessDenied', denied)
  const strong = await roleFor('strong', { 'ForAnyValue:StringEquals': { [`${provider.name}:amr`]: 'mfa' } })
  await refused(assume(strong, await provider.token()), 'AccessDenied', denied)
  await assume(strong, await provider.token({ amr: ['pwd', 'mfa'] }))
  await refused(assume(`arn:aws:iam::${at.owner.id}:role/nobody`, await provider.token()), 'AccessDenied', denied)
  const signedOnly = await at.owner.iam.createRole({
    RoleName: 'signed-only',
    AssumeRolePolicyDocument: JSON.stringify({
      Statement: [{ Effect: 'Allow', Principal: { AWS: at.owner.id }, Action: 'sts:*' }],
    }),
  })
  await refused(assume(signedOnly.Role?.Arn ?? '', await provider.token()), 'AccessDenied', denied)
})

parity(
  'AssumeRoleWithWebIdentity',
  guide,
  'azp says for whom it is, tags and source identity are the session’s',
  async () => {
    await at.owner.iam.addClientIDToOpenIDConnectProvider({ OpenIDConnectProviderArn: trusted, ClientID: 'app' })
    const keys = { [`${provider.name}:aud`]: 'app', [`${provider.name}:oaud`]: 'sts.amazonaws.com' }
    const everything = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity']
    const condition = { StringEquals: { ...keys, 'aws:RequestTag/team': 'ml', 'sts:SourceIdentity': 'ann' } }
    const role = await roleFor('tagged', condition, everything)
    const claims = {
      ...{ ...usual(), azp: 'app' },
      'https://aws.amazon.com/tags': { principal_tags: { team: ['ml'] }, transitive_tag_keys: ['team'] },
      'https://aws.amazon.com/source_identity': 'ann',
    }
    const made = await assume(role, await provider.signed(claims))
    assert.deepEqual([made.SourceIdentity, made.Audience], ['ann', 'app'])
    const untagged = await roleFor('untagged', {}, ['sts:AssumeRoleWithWebIdentity'])
    await refused(
      assume(untagged, await provider.signed(claims)),
      'AccessDenied',
      'Not authorized to perform sts:TagSession',
    )
  },
)

parity(
  'AssumeRoleWithWebIdentity',
  unverified('the codes are of AWS STS API Reference; the texts are as public reports show them'),
  'a token that does not hold is refused with the reason',
  async () => {
    const role = await roleFor('any', {})
    const bad = (token: string, name: string, message: RegExp) => refused(assume(role, token), name, message)
    await bad('no token', 'InvalidIdentityTokenException', /not a valid JWT/)
    await bad(
      await provider.signed({ ...usual(), aud: 'else' }),
      'InvalidIdentityTokenException',
      /^Incorrect token audience$/,
    )
    await bad(await provider.signed({ ...usual(), sub: undefined }), 'InvalidIdentityTokenException', /"sub"/)
    const old = { ...usual(), iat: now() - 7200, exp: now() - 3600 }
    await bad(
      await provider.signed(old),
      'ExpiredTokenException',
      /^Token expired: current date\/time \d+ must be before/,
    )
    await bad(await provider.signed({ ...usual(), nbf: now() + 3600 }), 'IDPRejectedClaimException', /"nbf"/)
    await bad(
      await provider.signed({ ...usual(), iat: now() + 3600, exp: now() + 7200 }),
      'IDPRejectedClaimException',
      /future/,
    )
    const elsewhere = await provider.signed({ ...usual(), iss: 'https://else.example.com' })
    await bad(
      elsewhere,
      'InvalidIdentityTokenException',
      /^No OpenIDConnect provider found in your account for https:\/\/else/,
    )
    await bad(await provider.signed(usual(), await newKey('first')), 'InvalidIdentityTokenException', /signature/)
    await bad(
      await provider.signed(usual(), await newKey('nobody')),
      'InvalidIdentityTokenException',
      /verification key/,
    )
    const [, body = ''] = (await provider.signed(usual())).split('.')
    const headed = (header: object) => `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${body}`
    await bad(`${headed({ alg: 'none' })}.`, 'InvalidIdentityTokenException', /./)
    const shared = headed({ alg: 'HS256', kid: 'first' })
    const forged = createHmac('sha256', provider.thumbprint).update(shared).digest('base64url')
    await bad(`${shared}.${forged}`, 'InvalidIdentityTokenException', /alg/)
    await refused(
      assume(role, await provider.token(), { ProviderId: 'www.amazon.com' }),
      'ValidationError',
      /OAuth 2\.0/,
    )
    await refused(assume('arn:aws:iam::1:role', await provider.token()), 'ValidationError', /./)
  },
)

test('a program of the SDK finds the token by AWS_WEB_IDENTITY_TOKEN_FILE, as in a pipeline', async () => {
  const role = await roleFor('pipeline', {})
  const folder = await mkdtemp(join(tmpdir(), 'modelmart-token-'))
  try {
    const file = join(folder, 'token')
    await writeFile(file, await provider.token())
    const env = {
      ...{ PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', AWS_REGION: 'us-east-1' },
      ...{ AWS_ENDPOINT_URL: at.url, AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file },
      AWS_ROLE_SESSION_NAME: 'build-9',
    }
    const program = `import { STS } from '@aws-sdk/client-sts'; console.log((await new STS({}).getCallerIdentity({})).Arn)`
    const cwd = new URL('../..', import.meta.url)
    const words = ['--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, words, { cwd, env })
    assert.equal(stdout.trim(), `arn:aws:sts::${at.owner.id}:assumed-role/pipeline/build-9`)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a form that nobody signed is taken for what needs no signature, and for nothing else', async () => {
  const ask = (form: string) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return fetch(at.url, { method: 'POST', headers, body: `${form}&Version=2011-06-15` })
  }
  for (const action of ['GetCallerIdentity', 'AssumeRole', 'CreateUser', 'Nothing', '']) {
    const answer = await ask(`Action=${action}`)
    assert.equal(answer.status, 403, action)
    assert.match(await answer.text(), /<Code>MissingAuthenticationToken<\/Code>/, action)
  }
  const answer = await ask('Action=AssumeRoleWithWebIdentity&RoleSessionName=run')
  assert.equal(answer.status, 400)
  assert.match(await answer.text(), /<Code>ValidationError<\/Code>.*roleArn/s)
})

parityOfIam(
  'CreateOpenIDConnectProvider GetOpenIDConnectProvider ListOpenIDConnectProviders DeleteOpenIDConnectProvider AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint TagOpenIDConnectProvider ListOpenIDConnectProviderTags UntagOpenIDConnectProvider',
  verified('IAM API Reference'),
  'a provider, its clients, thumbprints and tags',
  async () => {
    const { iam, id } = at.owner
    const Url = 'https://tokens.example.com/id/7'
    const ThumbprintList = ['0123456789ABCDEF0123456789abcdef01234567']
    const Tags = [{ Key: 'team', Value: 'ml' }]
    const made = await iam.createOpenIDConnectProvider({ Url, ThumbprintList, Tags })
    const OpenIDConnectProviderArn = `arn:aws:iam::${id}:oidc-provider/tokens.example.com/id/7`
    assert.equal(made.OpenIDConnectProviderArn, OpenIDConnectProviderArn)
    await refused(
      iam.createOpenIDConnectProvider({ Url, ThumbprintList }),
      'EntityAlreadyExistsException',
      `Provider with url ${Url} already exists.`,
    )
    const list = (await iam.listOpenIDConnectProviders({})).OpenIDConnectProviderList?.map(({ Arn }) => Arn)
    assert.deepEqual(list, [trusted, OpenIDConnectProviderArn].sort())
    const named = { OpenIDConnectProviderArn }
    await iam.addClientIDToOpenIDConnectProvider({ ...named, ClientID: 'a' })
    await iam.addClientIDToOpenIDConnectProvider({ ...named, ClientID: 'b' })
    await iam.addClientIDToOpenIDConnectProvider({ ...named, ClientID: 'b' })
    await iam.removeClientIDFromOpenIDConnectProvider({ ...named, ClientID: 'a' })
    await iam.removeClientIDFromOpenIDConnectProvider({ ...named, ClientID: 'never there' })
    await iam.updateOpenIDConnectProviderThumbprint({ ...named, ThumbprintList: ['f'.repeat(40)] })
    await iam.tagOpenIDConnectProvider({ ...named, Tags: [{ Key: 'stage', Value: 'test' }] })
    await iam.untagOpenIDConnectProvider({ ...named, TagKeys: ['team'] })
    const told = await iam.getOpenIDConnectProvider(named)
    assert.deepEqual(
      [told.Url, told.ClientIDList, told.ThumbprintList, told.Tags],
      ['tokens.example.com/id/7', ['b'], ['f'.repeat(40)], [{ Key: 'stage', Value: 'test' }]],
    )
    assert.deepEqual((await iam.listOpenIDConnectProviderTags(named)).Tags, told.Tags)
    assert.equal((await iam.getAccountSummary({})).SummaryMap?.Providers, 2)
    const gone = `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`
    await refused(at.stranger.iam.getOpenIDConnectProvider(named), 'NoSuchEntityException', gone)
    await iam.deleteOpenIDConnectProvider(named)
    await iam.deleteOpenIDConnectProvider(named)
    await refused(iam.getOpenIDConnectProvider(named), 'NoSuchEntityException', gone)
    await refused(iam.listOpenIDConnectProviderTags(named), 'NoSuchEntityException', gone)
    await refused(iam.tagOpenIDConnectProvider({ ...named, Tags }), 'NoSuchEntityException', gone)
    await refused(iam.untagOpenIDConnectProvider({ ...named, TagKeys: ['a'] }), 'NoSuchEntityException', gone)
    await refused(iam.addClientIDToOpenIDConnectProvider({ ...named, ClientID: 'a' }), 'NoSuchEntityException', gone)
    await refused(
      iam.removeClientIDFromOpenIDConnectProvider({ ...named, ClientID: 'a' }),
      'NoSuchEntityException',
      gone,
    )
    await refused(
      iam.updateOpenIDConnectProviderThumbprint({ ...named, ThumbprintList }),
      'NoSuchEntityException',
      gone,
    )
    const plain = { Url: 'http://tokens.example.com', ThumbprintList }
    await refused(iam.createOpenIDConnectProvider(plain), 'ValidationError', /https:\/\//)
    const queried = { Url: 'https://tokens.example.com?a=b', ThumbprintList }
    await refused(iam.createOpenIDConnectProvider(queried), 'ValidationError', /query/)
    const many = { Url: 'https://many.example.com', ThumbprintList: Array(6).fill('a'.repeat(40)) }
    const tooMany = clientOf(IAM, at).createOpenIDConnectProvider(many)
    await refused(tooMany, 'LimitExceededException', /ThumbprintsPerOpenId/)
    const strange = { Url: 'https://strange.example.com', ThumbprintList: ['g'.repeat(40)] }
    await refused(iam.createOpenIDConnectProvider(strange), 'InvalidInputException', /Invalid thumbprint/)
  },
)

parityOfIam(
  'CreateOpenIDConnectProvider GetOpenIDConnectProvider',
  differs('a URL may have a port here, as providers inside an organisation do'),
  'without thumbprints that of the provider’s own certificate is taken',
  async () => {
    const { iam } = at.owner
    await iam.deleteOpenIDConnectProvider({ OpenIDConnectProviderArn: trusted })
    const { OpenIDConnectProviderArn } = await patiently(() =>
      iam.createOpenIDConnectProvider({ Url: provider.issuer }),
    )
    const { ThumbprintList } = await iam.getOpenIDConnectProvider({ OpenIDConnectProviderArn })
    assert.deepEqual(ThumbprintList, [provider.thumbprint])
    await refused(
      iam.createOpenIDConnectProvider({ Url: 'https://127.0.0.1:1' }),
      'OpenIdIdpCommunicationErrorException',
      /not public/,
    )
  },
)
