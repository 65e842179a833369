import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { promisify } from 'node:util'
import { ECR } from '@aws-sdk/client-ecr'
import { S3 } from '@aws-sdk/client-s3'
import { region } from '../../demo/clients.ts'
import { startServer } from '../../demo/server-process.ts'
import { craftImage, writeLayout } from '../../src/ecr/crafted-image.fixture.ts'
import { openVersitygw } from './versitygw.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const place = await mkdtemp(join(tmpdir(), 'modelmart-s3-'))
after(() => rm(place, { recursive: true, force: true }))
const other = await openVersitygw('content')
after(() => other?.close())
const sha = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** A data directory whose content is in a place of the other S3's bucket, with a server and clients. */
async function install(name: string, ...flags: string[]) {
  assert.ok(other)
  const data = await mkdtemp(join(place, `${name}-`))
  const env = {
    MODELMART_OBJECTS: `s3://content/${name}?endpoint=${other.endpoint}`,
    MODELMART_OBJECTS_ACCESS_KEY: other.keys.accessKeyId,
    MODELMART_OBJECTS_SECRET_KEY: other.keys.secretAccessKey,
  }
  const server = await startServer({ data, engineSocket: 'unix:///nobody', env, flags })
  after(() => server.stop())
  const credentials = await server.account('owner')
  const settings = { endpoint: server.url, region, credentials }
  const modelmart = async (...words: string[]) =>
    (await run(process.execPath, [program, ...words, '--data', data], { env: { ...process.env, ...env } })).stdout
  return { data, server, modelmart, s3: new S3({ ...settings, forcePathStyle: true }), ecr: new ECR(settings) }
}

const skip = other ? false : 'there is no Go to make versitygw with'

it('serves objects from a bucket of versitygw, by S3’s own clients, over kill -9', {
  skip,
  timeout: 120_000,
}, async () => {
  const { s3, server, modelmart, data } = await install('objects')
  const Bucket = 'kept'
  await s3.createBucket({ Bucket })
  const contents = [1, 10_000, 300_000, 20 << 20].map(size => randomBytes(size))
  for (const [index, Body] of contents.entries()) await s3.putObject({ Bucket, Key: `${index}`, Body })
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: 'parts' })
  const parts = [randomBytes(5 << 20), randomBytes(100)]
  const Parts = []
  for (const [index, Body] of parts.entries()) {
    const { ETag } = await s3.uploadPart({ Bucket, Key: 'parts', UploadId, PartNumber: index + 1, Body })
    Parts.push({ ETag, PartNumber: index + 1 })
  }
  await server.crash()
  await s3.completeMultipartUpload({ Bucket, Key: 'parts', UploadId, MultipartUpload: { Parts } })
  await server.crash()
  // What this machine has of it is not what is asked here.
  await server.stop()
  await rm(join(data, 'cache'), { recursive: true })
  await server.crash()
  const read = async (Key: string, Range?: string) =>
    Buffer.from((await (await s3.getObject({ Bucket, Key, Range })).Body?.transformToByteArray()) ?? [])
  for (const [index, content] of contents.entries()) assert.equal(sha(await read(`${index}`)), sha(content))
  assert.ok((await read('parts')).equals(Buffer.concat(parts)))
  assert.deepEqual(await read('3', 'bytes=9999999-10000009'), contents[3]?.subarray(9_999_999, 10_000_010))
  assert.match(await modelmart('verify'), /^4 blobs of .*, 0 damaged\n$/)
})

it('doctor tries the bucket', { skip, timeout: 60_000 }, async () => {
  const { modelmart } = await install('doctor')
  const told = async (...words: string[]) =>
    modelmart('doctor', '--engine-socket', 'unix:///nobody', ...words).catch(({ stdout }) => stdout)
  assert.match(await told(), /ok {4}objects {4}s3:\/\/content\/doctor\/ takes content and gives it back/)
  assert.match(await told('--objects', `s3://nowhere?endpoint=${other?.endpoint}`), /FAIL {2}objects .*NoSuchBucket/)
})

it('sends skopeo and docker to the bucket for large layers, when it may', { skip, timeout: 240_000 }, async () => {
  const { ecr, server } = await install('redirect', '--objects-redirect')
  const { repository } = await ecr.createRepository({ repositoryName: 'layers' })
  const { authorizationData } = await ecr.getAuthorizationToken({})
  const token = authorizationData?.[0]?.authorizationToken ?? ''
  const credentials = Buffer.from(token, 'base64').toString()
  const image = await craftImage([randomBytes(3 << 20).toString('hex'), 'small'])
  const [from, back] = [join(place, 'from'), join(place, 'back')]
  await writeLayout(from, image)
  const uri = `docker://${repository?.repositoryUri}:v1`
  await run('skopeo', ['copy', '--dest-tls-verify=false', '--dest-creds', credentials, `oci:${from}:latest`, uri])
  await run('skopeo', ['copy', '--src-tls-verify=false', '--src-creds', credentials, uri, `oci:${back}:latest`])
  for (const { digest, bytes } of image.blobs)
    assert.deepEqual(await readFile(join(back, 'blobs', 'sha256', digest.slice(7))), bytes)
  const [, large, small] = image.blobs
  const account = repository?.registryId
  const answer = (digest = '') =>
    fetch(`${server.url}/v2/${account}/layers/blobs/${digest}`, {
      headers: { authorization: `Basic ${token}` },
      redirect: 'manual',
    })
  const redirected = await answer(large?.digest)
  assert.equal(redirected.status, 307)
  assert.equal(new URL(redirected.headers.get('location') ?? '').origin, other?.endpoint)
  assert.equal((await answer(small?.digest)).status, 200)
  if (await hasDocker()) await throughDocker(`${repository?.repositoryUri}:docker`, token)
})

const hasDocker = () =>
  run('docker', ['version']).then(
    () => true,
    () => false,
  )

/** Pushes an image of one large layer with Docker, forgets it, pulls it again and looks what is in it. */
async function throughDocker(uri: string, token: string): Promise<void> {
  const folder = await mkdtemp(join(place, 'docker-'))
  const auths = { [uri.split('/')[0] ?? '']: { auth: token } }
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }))
  const docker = async (...words: string[]) =>
    (await run('docker', words, { env: { ...process.env, DOCKER_CONFIG: folder } })).stdout.trim()
  const content = randomBytes(20 << 20)
  await writeFile(join(folder, 'content'), content)
  await run('tar', ['--create', '--file', join(folder, 'image.tar'), '--directory', folder, 'content'])
  await docker('import', join(folder, 'image.tar'), uri)
  try {
    await docker('push', uri)
    await docker('rmi', uri)
    await docker('pull', uri)
    const container = await docker('create', uri, '/none')
    await docker('cp', `${container}:/content`, join(folder, 'back'))
    await docker('rm', container)
    assert.ok((await readFile(join(folder, 'back'))).equals(content))
  } finally {
    await docker('rmi', '--force', uri)
  }
}
