import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { region } from '../../demo/clients.ts'
import { freePort } from '../../demo/free-port.ts'
import { startServer } from '../../demo/server-process.ts'
import { craftImage, writeLayout } from '../../src/ecr/crafted-image.fixture.ts'
import { until } from '../e2e/until.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const place = await mkdtemp(join(tmpdir(), 'modelmart-proxy-'))
after(() => rm(place, { recursive: true, force: true }))
const data = join(place, 'data')
await mkdir(data)
const modelmart = async (...words: string[]) =>
  (
    await run(process.execPath, [program, ...words, '--data', data], {
      env: { ...process.env, MODELMART_DATABASE: '' },
    })
  ).stdout

// One authority for both: what a client is told to trust is that of `modelmart tls`.
await modelmart('tls', 'market.localhost')
const ca = join(data, 'tls', 'authority.pem')
const [cert, key] = [join(data, 'tls', 'server.pem'), join(data, 'tls', 'server.key')]

/** A client's environment that knows the authority and nothing else of the installation. */
const trusting = (more: Readonly<Record<string, string>>): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  HOME: place,
  AWS_CA_BUNDLE: ca,
  AWS_DEFAULT_REGION: region,
  AWS_EC2_METADATA_DISABLED: 'true',
  ...more,
})

/** Debian's AWS CLI is older than the variable that names an endpoint: it is told so. */
const awsCli = (words: readonly string[], env: Readonly<Record<string, string>>) =>
  run('aws', ['--endpoint-url', env.AWS_ENDPOINT_URL ?? '', ...words], { env })

/** What the lines of `modelmart env` export. */
const exported = (lines: string): Record<string, string> =>
  Object.fromEntries([...lines.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value]))

/** Signatures differ in length, and so do certificates. */
const firstOf = (pem: string): string => /-----BEGIN CERTIFICATE-----[^-]+/.exec(pem)?.[0] ?? ''

const shown = async (port: number): Promise<string> => {
  const words = ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', ca, '-verify_return_error', '-showcerts']
  const { stdout } = spawnSync('openssl', words, { input: '', encoding: 'utf8' })
  return firstOf(stdout)
}

describe('a certificate of modelmart tls', async () => {
  const port = await freePort()
  const server = await startServer({
    data,
    port,
    flags: ['--tls-cert', cert, '--tls-key', key],
    engineSocket: 'unix:///nobody',
  })
  after(() => server.stop())
  await server.account('secure')
  const url = `https://localhost:${port}`
  const env = trusting({ ...exported(await modelmart('env', 'secure')), AWS_ENDPOINT_URL: url })

  it('is trusted by the AWS CLI, Python, Node and curl, which are told of the authority alone', async () => {
    await awsCli(['s3', 'mb', 's3://secure'], env)
    assert.match((await awsCli(['s3', 'ls'], env)).stdout, /secure/)
    const { AWS_CA_BUNDLE: _, ...untold } = env
    await assert.rejects(awsCli(['s3', 'ls'], untold), /SSL/)

    const python = `import urllib.request; print(urllib.request.urlopen('${url}/healthz').status)`
    assert.equal((await run('python3', ['-c', python], { env: { ...env, SSL_CERT_FILE: ca } })).stdout, '200\n')
    await assert.rejects(run('python3', ['-c', python], { env }), /CERTIFICATE_VERIFY_FAILED/)

    const node = `fetch('${url}/healthz').then(({ status }) => console.log(status))`
    const withCa = { ...env, NODE_EXTRA_CA_CERTS: ca }
    assert.equal((await run(process.execPath, ['-e', node], { env: withCa })).stdout, '200\n')

    for (const name of ['localhost', '127.0.0.1', 'market.localhost']) {
      const words = ['--silent', '--fail', '--cacert', ca, '--resolve', `${name}:${port}:127.0.0.1`]
      assert.match((await run('curl', [...words, `https://${name}:${port}/readyz`])).stdout, /"ready"/)
    }
    await assert.rejects(run('curl', ['--silent', '--show-error', `${url}/readyz`]), /certificate/)
    await assert.rejects(run('curl', ['--silent', '--show-error', '--cacert', ca, '--tls-max', '1.1', `${url}/readyz`]))
  })

  it('is made anew by the same authority, and in force without a restart', async () => {
    const [authority, before] = [await readFile(ca, 'utf8'), await shown(port)]
    assert.match(before, /BEGIN CERTIFICATE/)
    await modelmart('tls', 'other.localhost')
    assert.equal(await readFile(ca, 'utf8'), authority)
    const now = firstOf(await readFile(cert, 'utf8'))
    assert.notEqual(now, before)
    await until(
      'the new certificate is shown',
      () => shown(port),
      seen => seen === now,
    )
    const names = await run('openssl', ['x509', '-in', cert, '-noout', '-ext', 'subjectAltName'])
    assert.match(names.stdout, /DNS:other\.localhost/)
    await run('openssl', ['verify', '-CAfile', ca, '-purpose', 'sslserver', cert])
  })

  it('is not made for what is no name', async () => {
    await assert.rejects(modelmart('tls', 'https://a'), /https:\/\/a is no name of a host/)
  })
})

const noNginx = spawnSync('nginx', ['-v']).status === 0 ? false : 'nginx is not on this machine'

describe('behind a proxy that speaks TLS', { skip: noNginx }, async () => {
  if (noNginx) return
  const [port, inner] = [await freePort(), await freePort()]
  const publicUrl = `https://localhost:${port}`
  const behind = join(place, 'behind')
  await mkdir(behind)
  const server = await startServer({
    data: behind,
    port: inner,
    flags: ['--public-url', publicUrl],
    engineSocket: 'unix:///nobody',
  })
  after(() => server.stop())
  await server.account('proxied')
  const configuration = join(place, 'nginx.conf')
  await writeFile(configuration, nginx(port, inner))
  const proxy = spawn('nginx', ['-c', configuration, '-p', place, '-e', join(place, 'nginx.log')], { stdio: 'ignore' })
  after(async () => {
    const ended = once(proxy, 'exit')
    proxy.kill('SIGTERM')
    await ended
  })
  await until(
    'the proxy answers',
    async () => shown(port),
    seen => seen !== '',
  )
  const lines = (await run(process.execPath, [program, 'env', 'proxied', '--data', behind])).stdout
  const env = trusting(exported(lines))
  const aws = async (...words: string[]) => (await awsCli(words, env)).stdout
  const curl = async (...words: string[]) =>
    (await run('curl', ['--silent', '--show-error', '--cacert', ca, ...words])).stdout

  it('clients are told its name, and work by it', async () => {
    const told = new RegExp(`^export AWS_ENDPOINT_URL='${publicUrl.replace('localhost', '127\\.0\\.0\\.1')}'$`, 'm')
    assert.match(lines, told)
    assert.doesNotMatch(lines, new RegExp(String(inner)))
    await aws('s3', 'mb', 's3://kept')
    await writeFile(join(place, 'large'), Buffer.alloc(20 << 20, 'x'))
    await aws('s3', 'cp', join(place, 'large'), 's3://kept/large')
    const [AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE] = [join(behind, 'aws/config'), join(behind, 'aws/credentials')]
    const endpoint = /^endpoint_url = (.+)$/m.exec(await readFile(AWS_CONFIG_FILE, 'utf8'))?.[1] ?? ''
    assert.equal(endpoint, env.AWS_ENDPOINT_URL)
    const profile = trusting({ AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_PROFILE: 'proxied' })
    const presign = ['s3', 'presign', 's3://kept/large']
    const link = (await awsCli(presign, { ...profile, AWS_ENDPOINT_URL: endpoint })).stdout.trim()
    assert.match(link, new RegExp(`^https://(kept\\.)?(localhost|127\\.0\\.0\\.1):${port}/`))
    await curl('--fail', '--output', join(place, 'again'), link)
    assert.equal((await stat(join(place, 'again'))).size, 20 << 20)
    assert.match(await aws('sts', 'get-caller-identity'), /arn:aws:iam::\d{12}:root/)
    assert.match(await aws('sagemaker', 'list-models'), /"Models": \[\]/)
  })

  it('a policy that wants TLS sees it, and plain http beside the proxy is refused', async () => {
    const statement = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::kept/*' }
    const denied = { ...statement, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [denied] })
    await aws('s3api', 'put-bucket-policy', '--bucket', 'kept', '--policy', policy)
    const secure = { ...env, AWS_ENDPOINT_URL: publicUrl }
    await awsCli(['s3api', 'head-object', '--bucket', 'kept', '--key', 'large'], secure)
    const plain = { ...env, AWS_ENDPOINT_URL: `http://127.0.0.1:${inner}` }
    await assert.rejects(awsCli(['s3api', 'head-object', '--bucket', 'kept', '--key', 'large'], plain), /403/)
  })

  it('the registry, its tokens and the links of its layers are by its name', async () => {
    const { repository } = JSON.parse(await aws('ecr', 'create-repository', '--repository-name', 'made'))
    assert.match(repository.repositoryUri, new RegExp(`^localhost:${port}/\\d{12}/made$`))
    const { authorizationData } = JSON.parse(await aws('ecr', 'get-authorization-token'))
    assert.equal(authorizationData[0].proxyEndpoint, publicUrl)
    const password = (await aws('ecr', 'get-login-password')).trim()
    const certificates = join(place, 'certificates')
    await mkdir(certificates)
    await copyFile(ca, join(certificates, 'ca.crt'))
    const image = await craftImage(['pushed through the proxy'])
    await writeLayout(join(place, 'image'), image, [])
    const to = ['--dest-creds', `AWS:${password}`, '--dest-cert-dir', certificates, '--insecure-policy']
    await run('skopeo', ['copy', ...to, `oci:${join(place, 'image')}`, `docker://${repository.repositoryUri}:v1`])
    const layer = image.blobs[1]?.digest as string
    const words = ['ecr', 'get-download-url-for-layer', '--repository-name', 'made', '--layer-digest', layer]
    const { downloadUrl } = JSON.parse(await aws(...words))
    assert.ok(downloadUrl.startsWith(`${publicUrl}/`), downloadUrl)
    await curl('--fail', '--output', join(place, 'layer'), downloadUrl)
    assert.deepEqual(await readFile(join(place, 'layer')), image.blobs[1]?.bytes)

    const asked = await curl('--head', `${publicUrl}/v2/`)
    assert.match(asked, new RegExp(`^www-authenticate: Basic realm="${publicUrl}/"`, 'im'))
    const statement = { Sid: 'tls', Effect: 'Deny', Principal: '*', Action: 'ecr:BatchGetImage' }
    const denied = { ...statement, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [denied] })
    await aws('ecr', 'set-repository-policy', '--repository-name', 'made', '--policy-text', policyText)
    const inspect = (host: string, ...trust: string[]) => {
      const uri = repository.repositoryUri.replace(`localhost:${port}`, host)
      return run('skopeo', ['inspect', '--raw', '--creds', `AWS:${password}`, ...trust, `docker://${uri}:v1`])
    }
    await inspect(`localhost:${port}`, '--cert-dir', certificates)
    await assert.rejects(inspect(`localhost:${inner}`, '--tls-verify=false'), /explicit deny|not authorized|denied/i)
  })

  it('a link to the console is of its name, and the page is there', async () => {
    const { stdout } = await run(process.execPath, [program, 'console', 'proxied', '--data', behind])
    assert.match(stdout, new RegExp(`https://(localhost|127\\.0\\.0\\.1):${port}/console/sign-in#link=`))
  })

  it('the cookie of a session is sent by TLS alone, and found again', async () => {
    const { stdout } = await run(process.execPath, [program, 'console', 'proxied', '--data', behind])
    const link = /#link=(\S+)/.exec(stdout)?.[1] ?? ''
    const session = `${publicUrl}/console-session/`
    const page = ['--header', `Origin: ${publicUrl}`, '--header', 'X-Modelmart-Console: 1']
    const json = [...page, '--header', 'Content-Type: application/json']
    const signedIn = await curl('--include', ...json, '--data', JSON.stringify({ link }), session)
    const [, cookie = '', attributes = ''] = /^set-cookie: ([^;]+); (.+)$/im.exec(signedIn) ?? []
    assert.match(cookie, new RegExp(`^__Secure-modelmart-${port}=`))
    assert.equal(attributes.trim(), 'Path=/console-session/; HttpOnly; SameSite=Strict; Secure')
    assert.match(await curl(...page, '--header', `Cookie: ${cookie}`, session), /"accountName":"proxied"/)
  })
})

/** As docs/operator.md says it, for a user of this machine. */
function nginx(port: number, inner: number): string {
  return `
daemon off; pid ${place}/nginx.pid; error_log ${place}/nginx.log;
events {}
http {
  access_log off;
  client_body_temp_path ${place}/body; proxy_temp_path ${place}/proxied; fastcgi_temp_path ${place}/f; uwsgi_temp_path ${place}/u; scgi_temp_path ${place}/s;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${cert}; ssl_certificate_key ${key}; ssl_protocols TLSv1.2 TLSv1.3;
    client_max_body_size 0;
    location / {
      proxy_pass http://127.0.0.1:${inner};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_read_timeout 1h;
    }
  }
}
`
}
