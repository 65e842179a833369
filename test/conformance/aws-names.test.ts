import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { testServer } from '../../src/store/own-database.fixture.ts'

const run = promisify(execFile)
const root = new URL('../../', import.meta.url).pathname
const program = join(root, 'bin/modelmart.mjs')
const mayUnshare = spawnSync('unshare', ['--net', '--mount', 'true']).status === 0
// A namespace does not reach the PostgreSQL that tests share.
const skip = testServer
  ? 'the rows are in PostgreSQL'
  : mayUnshare
    ? false
    : 'this user cannot make a network namespace'

describe('AWS’s own names, in a network where they lead to the server', { skip }, async () => {
  if (skip) return
  const place = await mkdtemp(join(tmpdir(), 'modelmart-names-'))
  const data = join(place, 'data')
  await mkdir(data)
  const own = { ...process.env, DOCKER_HOST: 'unix:///nobody' }
  const modelmart = async (...words: string[]) =>
    (await run(process.execPath, [program, ...words, '--data', data], { env: own })).stdout
  await modelmart('tls')
  await modelmart('account', 'create', 'caller', '--id', '111122223333')
  const lines = await modelmart('env', 'caller', '--aws-names')

  // The names of the comment lead to this machine's loopback, in a namespace that has nothing else.
  const names = /^# ADDRESS (.+)$/m.exec(lines)?.[1] ?? ''
  const hosts = join(place, 'hosts')
  await writeFile(hosts, `127.0.0.1 localhost ${names} kept.s3.us-east-1.amazonaws.com kept.s3.amazonaws.com\n`)
  const inside = `ip link set lo up && mount --bind ${hosts} /etc/hosts && echo here && exec sleep infinity`
  const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', inside], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  const enter = ['--target', String(holder.pid), '--net', '--mount']
  const tls = ['--tls-cert', join(data, 'tls/server.pem'), '--tls-key', join(data, 'tls/server.key')]
  const words = ['start', '--data', data, '--port', '443', '--aws-names', ...tls]
  const server = spawn('nsenter', [...enter, process.execPath, program, ...words], {
    env: own,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  after(async () => {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
    holder.kill('SIGKILL')
    await rm(place, { recursive: true, force: true })
  })
  await once(server.stdout, 'data')

  const exported = [...lines.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name, value])
  // Nothing but what the command printed.
  const env = {
    PATH: process.env.PATH,
    HOME: place,
    AWS_EC2_METADATA_DISABLED: 'true',
    ...Object.fromEntries(exported),
  }
  const within = async (...command: string[]) =>
    (await run('nsenter', [...enter, ...command], { env, cwd: root })).stdout
  const aws = (...words: string[]) => within('aws', ...words)

  it('an unmodified AWS CLI is answered by each service', async () => {
    assert.equal(env.AWS_ENDPOINT_URL, undefined)
    assert.match(await aws('sts', 'get-caller-identity'), /"arn:aws:iam::111122223333:root"/)
    await aws('s3', 'mb', 's3://kept')
    await writeFile(join(place, 'file'), 'by the bucket’s own name')
    await aws('s3', 'cp', join(place, 'file'), 's3://kept/file')
    assert.match(await aws('s3', 'cp', 's3://kept/file', '-'), /own name/)
    for (const call of [
      ['sagemaker', 'list-models'],
      ['ecr', 'describe-repositories'],
      ['iam', 'list-roles'],
      ['kms', 'list-keys'],
      ['logs', 'describe-log-groups'],
      ['cloudwatch', 'list-metrics'],
      ['events', 'list-rules'],
      ['sns', 'list-topics'],
      ['cloudtrail', 'lookup-events'],
      ['service-quotas', 'list-services'],
      ['application-autoscaling', 'describe-scalable-targets', '--service-namespace', 'sagemaker'],
      ['marketplace-catalog', 'list-entities', '--catalog', 'AWSMarketplace', '--entity-type', 'Offer'],
    ])
      await aws(...call)
    const body = ['--body', `fileb://${join(place, 'file')}`]
    const asked = aws('sagemaker-runtime', 'invoke-endpoint', '--endpoint-name', 'none', ...body, join(place, 'out'))
    await assert.rejects(asked, /Endpoint none of account 111122223333 not found|ValidationError/)
  })

  it('an unmodified SDK is, by the same names', async () => {
    const script = join(root, `.aws-names-${process.pid}.mjs`)
    await writeFile(
      script,
      `import { S3 } from '@aws-sdk/client-s3'
       import { STS } from '@aws-sdk/client-sts'
       const { Body } = await new S3({}).getObject({ Bucket: 'kept', Key: 'file' })
       console.log(await Body.transformToString(), (await new STS({}).getCallerIdentity({})).Account)`,
    )
    try {
      assert.equal(await within(process.execPath, script), 'by the bucket’s own name 111122223333\n')
    } finally {
      await rm(script)
    }
  })

  it('the registry answers as ACCOUNT.dkr.ecr.REGION.amazonaws.com', async () => {
    const password = (await aws('ecr', 'get-login-password')).trim()
    const registry = '111122223333.dkr.ecr.us-east-1.amazonaws.com'
    const words = ['--silent', '--show-error', '--fail', '--cacert', join(data, 'tls/authority.pem')]
    await within('curl', ...words, '--user', `AWS:${password}`, `https://${registry}/v2/`)
  })

  it('a name that is nobody’s is not certified', async () => {
    const words = ['--silent', '--show-error', '--cacert', join(data, 'tls/authority.pem')]
    const other = ['--resolve', 'ec2.us-east-1.amazonaws.com:443:127.0.0.1', 'https://ec2.us-east-1.amazonaws.com/']
    await assert.rejects(within('curl', ...words, ...other), /no alternative certificate subject name matches/)
  })
})
