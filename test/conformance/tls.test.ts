import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { connect, type PeerCertificate, type SecureVersion } from 'node:tls'
import { promisify } from 'node:util'
import { S3 } from '@aws-sdk/client-s3'
import { region } from '../../demo/clients.ts'
import { freePort } from '../../demo/free-port.ts'
import { startServer } from '../../demo/server-process.ts'
import { until } from '../e2e/until.ts'

const run = promisify(execFile)
const place = await mkdtemp(join(tmpdir(), 'modelmart-tls-'))

/** A certificate for this machine, by itself an authority. */
async function certify(name: string): Promise<{ cert: string; key: string }> {
  const files = { cert: join(place, `${name}.pem`), key: join(place, `${name}.key`) }
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=${name}`.split(' ')
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  await run('openssl', [...words, ...names, '-keyout', files.key, '-out', files.cert])
  return files
}

const [first, second, other] = await Promise.all(['first', 'second', 'other'].map(certify))
if (!first || !second || !other) throw new Error('no certificates')
const inForce = { cert: join(place, 'in-force.pem'), key: join(place, 'in-force.key') }
const put = async ({ cert, key }: typeof inForce) => {
  await copyFile(cert, inForce.cert)
  await copyFile(key, inForce.key)
}
await put(first)
const data = join(place, 'data')
await mkdir(data)
const port = await freePort()
const flags = ['--tls-cert', inForce.cert, '--tls-key', inForce.key]
const server = await startServer({ data, port, flags, engineSocket: 'unix:///nobody' })
after(async () => {
  await server.stop()
  await rm(place, { recursive: true })
})
const url = `https://localhost:${port}`
const credentials = await server.account('secure')

/** The name that the server shows in a handshake; throws when there is none. */
function shown(maxVersion: SecureVersion = 'TLSv1.3'): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const lowest = { minVersion: 'TLSv1' as const, ciphers: 'DEFAULT@SECLEVEL=0' }
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, maxVersion, ...lowest }, () => {
    resolve(String((socket.getPeerCertificate() as PeerCertificate).subject.CN))
    socket.destroy()
  })
  socket.on('error', reject)
  return promise
}

const s3With = async (...trusted: { cert: string }[]) => {
  const ca = await Promise.all(trusted.map(({ cert }) => readFile(cert)))
  const requestHandler = { httpsAgent: new Agent({ ca, keepAlive: false }) }
  return new S3({ endpoint: url, region, credentials, forcePathStyle: true, requestHandler, maxAttempts: 1 })
}

it('the JavaScript SDK, the AWS CLI, curl and skopeo speak TLS to it, and policies see that', async () => {
  const s3 = await s3With(first)
  await s3.createBucket({ Bucket: 'secure' })
  const insecure = { Bool: { 'aws:SecureTransport': 'false' } }
  const denied = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: 'arn:aws:s3:::secure/*',
    Condition: insecure,
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [denied] })
  await s3.putBucketPolicy({ Bucket: 'secure', Policy })
  await s3.putObject({ Bucket: 'secure', Key: 'a', Body: 'over TLS' })

  const keys = { AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }
  const env = {
    ...process.env,
    ...keys,
    AWS_DEFAULT_REGION: region,
    AWS_CA_BUNDLE: first.cert,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
  const listed = await run('aws', ['--endpoint-url', url, 's3', 'ls', 's3://secure'], { env })
  assert.match(listed.stdout, / 8 a$/m)

  const health = await run('curl', ['--silent', '--show-error', '--cacert', first.cert, `${url}/healthz`])
  assert.match(health.stdout, /"status":"ok"/)

  const password = (await run('aws', ['--endpoint-url', url, 'ecr', 'get-login-password'], { env })).stdout.trim()
  const certificates = join(place, 'certificates')
  await mkdir(certificates)
  await copyFile(first.cert, join(certificates, 'ca.crt'))
  const auth = ['--authfile', join(place, 'auth.json'), '--cert-dir', certificates]
  const login = await run('skopeo', ['login', ...auth, '-u', 'AWS', '-p', password, `localhost:${port}`])
  assert.match(login.stdout, /Login Succeeded/)
})

it('browsers are told to ask its name by TLS alone, but not on localhost, which others share', async () => {
  const asked = ['--silent', '--show-error', '--head', '--cacert', first.cert, '--output', '-']
  const headers = async (name: string, path: string) => {
    const there = ['--resolve', `${name}:${port}:127.0.0.1`, `https://${name}:${port}${path}`]
    return (await run('curl', [...asked, ...(name === 'localhost' ? [] : ['--insecure']), ...there])).stdout
  }
  for (const path of ['/healthz', '/console/', '/no-bucket/no-key'])
    assert.match(await headers('market.example', path), /^strict-transport-security: max-age=31536000\r$/im, path)
  assert.doesNotMatch(await headers('localhost', '/healthz'), /strict-transport-security/i)
})

it('what it tells clients to use is https', async () => {
  const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
  const { stdout } = await run(process.execPath, [program, 'env', 'secure', '--data', server.data])
  assert.match(stdout, new RegExp(`AWS_ENDPOINT_URL='https://127\\.0\\.0\\.1:${port}'`))
})

it('takes TLS 1.2 and 1.3, and nothing older, nor plain http', async () => {
  assert.equal(await shown('TLSv1.2'), 'first')
  assert.equal(await shown('TLSv1.3'), 'first')
  await assert.rejects(shown('TLSv1.1'), { code: /ERR_SSL|ECONNRESET/ })
  await assert.rejects(fetch(`http://localhost:${port}/healthz`))
})

it('serves a new certificate without a restart, and the old one while the new one is wrong', async () => {
  await put(second)
  await until('the second certificate is shown', shown, name => name === 'second')
  await (await s3With(second)).listBuckets()

  // A certificate whose key has not come yet.
  await copyFile(other.cert, inForce.cert)
  const log = () => readFile(join(server.data, 'server.log'), 'utf8')
  await until('the log tells of it', log, text => text.includes('the new certificate cannot be used'))
  assert.equal(await shown(), 'second')
  await copyFile(other.key, inForce.key)
  await until('the pair is whole', shown, name => name === 'other')
})

it('does not start with half a pair or a wrong one, and says which files', async () => {
  const nothing = join(place, 'nothing.key')
  await writeFile(nothing, '')
  const told = async (name: string, ...files: string[]): Promise<string> => {
    const wrong = join(place, name)
    await mkdir(wrong)
    await assert.rejects(startServer({ data: wrong, flags: files, engineSocket: 'unix:///nobody' }))
    const log = () => readFile(join(wrong, 'server.log'), 'utf8').catch(() => '')
    return until('its last words are written', log, text => text.endsWith('\n'))
  }
  assert.match(await told('half', '--tls-cert', first.cert), /Give --tls-cert and --tls-key together/)
  const strangers = await told('strangers', '--tls-cert', first.cert, '--tls-key', second.key)
  assert.match(strangers, /first\.pem and .*second\.key are no certificate with its key/)
  assert.match(await told('empty', '--tls-cert', first.cert, '--tls-key', nothing), /nothing\.key are no certificate/)
})
