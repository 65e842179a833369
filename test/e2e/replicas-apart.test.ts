import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { freePort } from '../../demo/free-port.ts'
import { startServer } from '../../demo/server-process.ts'
import { openReplicas, type ReplicasWorld, replicaCount } from './replicas-world.ts'
import { until } from './until.ts'

const next = (server: number) => (server + 1) % replicaCount

/** A cluster that does not answer: jobs wait, and all else goes on. */
const silentCluster = JSON.stringify({
  ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'it' },
  contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
  clusters: [{ name: 'it', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'it', user: { token: 'none' } }],
})

describe('several servers that share no disk', { timeout: 300_000 }, () => {
  let place: string
  let cluster: readonly string[]
  let world: ReplicasWorld
  before(async () => {
    place = await mkdtemp(join(tmpdir(), 'modelmart-apart-'))
    const kubeconfig = join(place, 'kubeconfig')
    await writeFile(kubeconfig, silentCluster)
    const names = ['--kubernetes-namespace', 'jobs', '--kubernetes-agent-image', 'modelmart.test/modelmart:1']
    cluster = ['--engine', 'kubernetes', '--kubeconfig', kubeconfig, ...names]
    world = await openReplicas({ cluster })
  })
  after(async () => {
    await world?.close()
    await rm(place, { recursive: true })
  })

  const oneMore = async (env: object) => {
    const [port, data] = [await freePort(), join(place, randomUUID())]
    await mkdir(data)
    return startServer({ data, port, env: { ...world.env, ...env }, flags: world.flags(port) })
  }

  it('refuse one with another root secret', async () => {
    const secret = { MODELMART_ROOT_SECRET: randomBytes(32).toString('hex') }
    await assert.rejects(oneMore(secret), /Give all of them the same MODELMART_ROOT_SECRET/)
  })

  it('go on with an upload in parts when the server that took the first is lost with all that it had', async () => {
    const Bucket = 'in-parts'
    const works = (await world.works()) as number
    await world.clients(works).s3.createBucket({ Bucket })
    const part = randomBytes(5 << 20)
    const whole = { Bucket, Key: 'whole' }
    const { UploadId } = await world.clients(works).s3.createMultipartUpload(whole)
    const first = await world.clients(works).s3.uploadPart({ ...whole, UploadId, PartNumber: 1, Body: part })
    await world.lose(works)
    const other = world.clients(next(works))
    const second = await other.s3.uploadPart({ ...whole, UploadId, PartNumber: 2, Body: 'the end' })
    const Parts = [first, second].map(({ ETag }, index) => ({ ETag, PartNumber: index + 1 }))
    await other.s3.completeMultipartUpload({ ...whole, UploadId, MultipartUpload: { Parts } })
    const { Body } = await world.clients(next(next(works))).s3.getObject(whole)
    const kept = Buffer.from((await Body?.transformToByteArray()) ?? [])
    assert.ok(kept.equals(Buffer.concat([part, Buffer.from('the end')])))
    await until('another one works', world.works, now => now !== undefined && now !== works, 60)
    await world.startAgain(works)
  })

  it('lose nothing that was acknowledged when the one that works is lost with its disk', async () => {
    const { sagemaker, s3, logs } = world.clients()
    const stream = { logGroupName: 'apart', logStreamName: 'all' }
    await logs.createLogGroup({ logGroupName: stream.logGroupName })
    await logs.createLogStream(stream)
    await s3.createBucket({ Bucket: 'apart' })
    const kinds: Record<string, (name: string) => Promise<unknown>> = {
      group: name => sagemaker.createModelPackageGroup({ ModelPackageGroupName: name }),
      object: name => s3.putObject({ Bucket: 'apart', Key: name, Body: name }),
      event: name => logs.putLogEvents({ ...stream, logEvents: [{ timestamp: Date.now(), message: name }] }),
    }
    const acknowledged: string[] = []
    let isOver = false
    const writing = Object.entries(kinds).map(async ([kind, write]) => {
      for (let number = 0; !isOver; number++) {
        const name = `${kind}-${number}`
        // It may have been written, and the answer lost.
        await write(name).then(
          () => acknowledged.push(name),
          () => {},
        )
      }
    })
    const written = (more: number) =>
      until(
        'more are written',
        async () => acknowledged.length,
        count => count >= more,
        60,
      )
    await written(20)
    const worked = (await world.works()) as number
    await world.lose(worked)
    await until('another one works', world.works, now => now !== undefined && now !== worked, 60)
    await written(acknowledged.length + 20)
    isOver = true
    await Promise.all(writing)
    const names = await world.query<{ name: string }>('select name from resource')
    const objects = await s3.listObjectsV2({ Bucket: 'apart' })
    const { events = [] } = await logs.getLogEvents({ ...stream, startFromHead: true })
    const kept = [
      ...names.map(({ name }) => name),
      ...(objects.Contents ?? []).map(({ Key }) => Key ?? ''),
      ...events.map(({ message }) => message ?? ''),
    ]
    assert.deepEqual(
      acknowledged.filter(name => !kept.includes(name)),
      [],
    )
    for (const kind of Object.keys(kinds)) assert.ok(acknowledged.some(name => name.startsWith(kind)))
    for (const key of acknowledged.filter(name => name.startsWith('object')).slice(-3)) {
      const { Body } = await s3.getObject({ Bucket: 'apart', Key: key })
      assert.equal(await Body?.transformToString(), key)
    }
  })

  it('have the whole security log in the files of the one that works', async () => {
    const directory = join(world.servers[(await world.works()) as number]?.data ?? '', 'audit')
    const lines = async () => {
      const files = await Promise.all((await readdir(directory)).map(name => readFile(join(directory, name), 'utf8')))
      return files.join('').split('\n').length - 1
    }
    const rows = async () => (await world.query<{ count: number }>('select count(*)::int as count from audit_event'))[0]
    await until(
      'all is there',
      async () => [await lines(), (await rows())?.count],
      ([is, was]) => is === was,
      30,
    )
  })
})
