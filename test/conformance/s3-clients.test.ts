import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { after, describe, it } from 'node:test'
import { openInstallation, unless } from './installation.ts'

const installation = await openInstallation()
after(installation.close)
const { server, run, scratch, s3 } = installation
const mebibyte = 1 << 20
const place = (name: string): string => join(scratch, name)

/** A directory whose files have names that are hard to send, and one that is large enough for parts. */
async function tree(): Promise<string> {
  const directory = place('tree')
  await mkdir(join(directory, 'sub folder', 'ü'), { recursive: true })
  const names = ['plain.txt', 'sub folder/a+b&c=d.txt', 'sub folder/ü/日本 😀.bin', 'sub folder/%41?#.txt', 'empty']
  for (const name of names) await writeFile(join(directory, name), name === 'empty' ? '' : randomBytes(20_000))
  await writeFile(join(directory, 'large.bin'), randomBytes(17 * mebibyte))
  return directory
}
const source = await tree()
const equal = (from: string, to: string) => run('diff', '--recursive', from, to)

describe('s3cmd', { skip: unless('s3cmd') }, () => {
  const { host } = new URL(server.url)
  const s3cmd = (...args: string[]) => {
    const { accessKeyId, secretAccessKey } = installation.credentials
    const access = [`--access_key=${accessKeyId}`, `--secret_key=${secretAccessKey}`, '--no-ssl', '--region=us-east-1']
    return run('s3cmd', ...access, `--host=${host}`, `--host-bucket=${host}/%(bucket)`, '--no-progress', ...args)
  }

  it('syncs a directory both ways, in parts, and again without sending', async () => {
    await s3cmd('mb', 's3://s3cmd')
    await s3cmd('sync', '--multipart-chunk-size-mb=5', `${source}/`, 's3://s3cmd/tree/')
    await mkdir(place('s3cmd'))
    await s3cmd('sync', 's3://s3cmd/tree/', `${place('s3cmd')}/`)
    await equal(source, place('s3cmd'))
    assert.doesNotMatch(await s3cmd('sync', `${source}/`, 's3://s3cmd/tree/'), /^upload:/m)
  })

  it('lists, copies, moves, describes, signs and deletes', async () => {
    await s3cmd('cp', 's3://s3cmd/tree/plain.txt', 's3://s3cmd/copy.txt')
    await s3cmd('mv', 's3://s3cmd/copy.txt', 's3://s3cmd/moved.txt')
    assert.match(await s3cmd('ls', 's3://s3cmd/'), /moved\.txt/)
    assert.match(await s3cmd('info', 's3://s3cmd/moved.txt'), /File size:\s+20000/)
    const signed = (await s3cmd('signurl', 's3://s3cmd/moved.txt', '+60')).trim()
    const answer = Buffer.from(await (await fetch(signed)).arrayBuffer())
    assert.ok(answer.equals(await readFile(join(source, 'plain.txt'))))
    await s3cmd('del', '--recursive', '--force', 's3://s3cmd')
    await s3cmd('rb', 's3://s3cmd')
    assert.doesNotMatch(await s3cmd('ls'), /s3cmd/)
  })
})

describe('rclone', { skip: unless('rclone') }, () => {
  it('copies a directory, finds that nothing differs, and takes it back', async () => {
    const remote = `:s3,provider=Other,env_auth,endpoint="${server.url}",force_path_style:`
    const options = ['--s3-upload-cutoff=5M', '--s3-chunk-size=5M', '--config=']
    await run('rclone', 'copy', ...options, source, `${remote}rclone/tree`)
    await run('rclone', 'check', ...options, '--download', source, `${remote}rclone/tree`)
    await run('rclone', 'check', ...options, source, `${remote}rclone/tree`)
    await run('rclone', 'sync', ...options, `${remote}rclone/tree`, place('rclone'))
    await equal(source, place('rclone'))
    await run('rclone', 'purge', ...options, `${remote}rclone`)
  })
})

describe('the AWS command line', { skip: unless('aws') }, () => {
  const aws = (...args: string[]) => run('aws', '--endpoint-url', server.url, 's3', ...args)

  it('copies 200 MiB in parts, and back', async () => {
    await aws('mb', 's3://aws-cli')
    const [from, back] = [place('200M'), place('200M.back')]
    await writeFile(from, randomBytes(200 * mebibyte))
    await aws('cp', '--quiet', from, 's3://aws-cli/large')
    assert.match((await s3.headObject({ Bucket: 'aws-cli', Key: 'large' })).ETag ?? '', /-25"$/)
    await aws('cp', '--quiet', 's3://aws-cli/large', back)
    await run('cmp', from, back)
  })

  it('syncs a directory both ways and deletes what is gone', async () => {
    const local = place('aws')
    await cp(source, local, { recursive: true })
    await aws('sync', '--quiet', local, 's3://aws-cli/tree')
    assert.equal(await aws('sync', local, 's3://aws-cli/tree'), '')
    await run('rm', join(local, 'plain.txt'))
    assert.match(await aws('sync', '--delete', local, 's3://aws-cli/tree'), /^delete: .*plain\.txt/)
    await aws('sync', '--quiet', 's3://aws-cli/tree', place('aws.back'))
    await equal(local, place('aws.back'))
  })

  it('presigns', async () => {
    const url = (await aws('presign', 's3://aws-cli/tree/sub folder/a+b&c=d.txt')).trim()
    const answer = Buffer.from(await (await fetch(url)).arrayBuffer())
    assert.ok(answer.equals(await readFile(join(source, 'sub folder/a+b&c=d.txt'))))
  })
})

it('serves the transfer manager of boto3 on 64 threads', { skip: unless('python3') }, async () => {
  const script = `
import boto3, io, os
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
s3 = boto3.client('s3', endpoint_url=os.environ['AWS_ENDPOINT_URL'], config=Config(max_pool_connections=64))
s3.create_bucket(Bucket='threads')
data = os.urandom(128 << 20)
config = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=64)
s3.upload_fileobj(io.BytesIO(data), 'threads', 'k', Config=config)
back = io.BytesIO(); s3.download_fileobj('threads', 'k', back, Config=config)
assert back.getvalue() == data
print(s3.head_object(Bucket='threads', Key='k')['ETag'])`
  assert.match(await run('python3', '-c', script), /-26"/)
})

it('streams for 64 clients at once in flat memory', async () => {
  const [clients, size] = [64, 8 * mebibyte]
  const chunk = randomBytes(mebibyte)
  const Bucket = 'streams'
  await s3.createBucket({ Bucket })
  async function* content(number: number) {
    yield Buffer.alloc(mebibyte, number)
    for (let sent = mebibyte; sent < size; sent += mebibyte) yield chunk
  }
  const digestOf = async (body: Readable) => {
    const hash = createHash('sha256')
    await pipeline(body, hash)
    return hash.digest('hex')
  }
  const all = Array.from({ length: clients }, async (_, number) => {
    const Key = String(number)
    await s3.putObject({ Bucket, Key, Body: Readable.from(content(number)), ContentLength: size })
    const { Body } = await s3.getObject({ Bucket, Key })
    assert.equal(await digestOf(Body as Readable), await digestOf(Readable.from(content(number))))
  })
  await Promise.all(all)
  const peak = Math.round((await installation.peakMemory()) / mebibyte)
  assert.ok(peak < 400, `512 MiB each way made the server hold ${peak} MiB`)
})
