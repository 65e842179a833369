import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../demo/free-port.ts'
import { startServer } from '../../demo/server-process.ts'
import { craftImage, writeLayout } from '../../src/ecr/crafted-image.fixture.ts'
import { openReplicas, type ReplicasWorld, replicaCount } from './replicas-world.ts'
import { until } from './until.ts'

const run = promisify(execFile)
const each = Array.from({ length: replicaCount }, (_, server) => server)
const next = (server: number) => (server + 1) % replicaCount

describe('several servers of which one works and all answer', { timeout: 300_000 }, () => {
  let world: ReplicasWorld
  before(async () => {
    world = await openReplicas()
  })
  after(() => world?.close())

  it('have what another one has just written', async () => {
    for (const server of each) {
      const name = `group-${server}`
      const [one, other] = [world.clients(server), world.clients(next(server))]
      const { ModelPackageGroupArn = '' } = await one.sagemaker.createModelPackageGroup({ ModelPackageGroupName: name })
      await other.sagemaker.addTags({ ResourceArn: ModelPackageGroupArn, Tags: [{ Key: 'by', Value: name }] })
      assert.deepEqual((await one.sagemaker.listTags({ ResourceArn: ModelPackageGroupArn })).Tags, [
        { Key: 'by', Value: name },
      ])
    }
  })

  it('go on with what another one has begun to take in parts', async () => {
    const Bucket = 'in-parts'
    await world.clients(0).s3.createBucket({ Bucket })
    const contents = [randomBytes(5 << 20), randomBytes(100)]
    const { UploadId } = await world.clients(0).s3.createMultipartUpload({ Bucket, Key: 'whole' })
    const Parts = []
    for (const [index, Body] of contents.entries()) {
      const part = { Bucket, Key: 'whole', UploadId, PartNumber: index + 1 }
      Parts.push({
        PartNumber: part.PartNumber,
        ETag: (await world.clients(index + 1).s3.uploadPart({ ...part, Body })).ETag,
      })
    }
    const whole = { Bucket, Key: 'whole' }
    await world.clients(0).s3.completeMultipartUpload({ ...whole, UploadId, MultipartUpload: { Parts } })
    const read = await world.clients(1).s3.getObject(whole)
    assert.ok(Buffer.concat(contents).equals(Buffer.from((await read.Body?.transformToByteArray()) ?? [])))
  })

  it('hand on what only the one that works has, and say whence it came', async () => {
    const group = { logGroupName: 'told' }
    const stream = { ...group, logStreamName: 'all' }
    await world.clients(0).logs.createLogGroup(group)
    await world.clients(1).logs.createLogStream(stream)
    for (const server of each) {
      const logEvents = [{ timestamp: Date.now(), message: `by ${server}` }]
      await world.clients(server).logs.putLogEvents({ ...stream, logEvents })
    }
    const { events = [] } = await world.clients(2).logs.getLogEvents({ ...stream, startFromHead: true })
    assert.deepEqual(
      events.map(({ message }) => message),
      each.map(server => `by ${server}`),
    )
    const range = { startTime: Math.floor(Date.now() / 1000) - 3600, endTime: Math.floor(Date.now() / 1000) + 3600 }
    const { queryId } = await world.clients(0).logs.startQuery({ ...group, ...range, queryString: 'fields @message' })
    const { results } = await until(
      'the query ends',
      () => world.clients(1).logs.getQueryResults({ queryId }),
      ({ status }) => status === 'Complete',
      30,
    )
    assert.equal(results?.length, replicaCount)
    await assert.rejects(world.clients(2).runtime.invokeEndpoint({ EndpointName: 'none', Body: new Uint8Array(1) }), {
      name: 'ValidationError',
    })
    const forged = await fetch(world.servers[0]?.url ?? '', { headers: { 'modelmart-peer': '10.0.0.1 0 00' } })
    assert.equal(forged.status, 403)
  })

  it('show a Live Tail that one has begun what another one takes', async () => {
    const works = (await world.works()) as number
    const { logs: tailing } = world.clients(next(works))
    // AWS has a host of its own for it.
    tailing.config.disableHostPrefix = true
    const { logGroups = [] } = await tailing.describeLogGroups({ logGroupNamePrefix: 'told' })
    const { responseStream } = await tailing.startLiveTail({ logGroupIdentifiers: [logGroups[0]?.logGroupArn ?? ''] })
    const updates = responseStream?.[Symbol.asyncIterator]()
    assert.ok((await updates?.next())?.value.sessionStart)
    const logEvents = [{ timestamp: Date.now(), message: 'seen elsewhere' }]
    await world.clients(next(next(works))).logs.putLogEvents({ logGroupName: 'told', logStreamName: 'all', logEvents })
    const shown = async () => (await updates?.next())?.value.sessionUpdate?.sessionResults ?? []
    const [event] = await until('it is shown', shown, results => results.length > 0, 20)
    assert.equal(event?.message, 'seen elsewhere')
    tailing.destroy()
  })

  it('take an image in pieces, whoever is killed meanwhile', async t => {
    const skopeo = (...words: string[]) => run('skopeo', words)
    if (
      await skopeo('--version').then(
        () => false,
        () => true,
      )
    )
      return t.skip('skopeo is not installed')
    const folder = await mkdtemp(join(tmpdir(), 'modelmart-pushed-'))
    t.after(() => rm(folder, { recursive: true }))
    const layers = Array.from({ length: 5 }, () => randomBytes(2 << 20).toString('base64'))
    const image = await craftImage(layers)
    await writeLayout(join(folder, 'image'), image, [image])
    const { ecr } = world.clients()
    const { repository } = await ecr.createRepository({ repositoryName: 'pushed' })
    const { authorizationData = [] } = await ecr.getAuthorizationToken({})
    const creds = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64').toString()
    const there = `docker://${repository?.repositoryUri}:v1`
    const flags = ['--dest-tls-verify=false', '--dest-creds', creds]
    const pushing = skopeo('copy', '--retry-times', '9', ...flags, `oci:${join(folder, 'image')}:latest`, there)
    const killed = (await world.works()) as number
    const begun = () => world.query(`select 1 from ecr_upload limit 1`)
    await until('it has begun', begun, rows => rows.length > 0, 20)
    world.kill(killed)
    await pushing
    await world.startAgain(killed)
    const back = `oci:${join(folder, 'back')}:latest`
    await skopeo('copy', '--src-tls-verify=false', '--src-creds', creds, there, back)
    for (const { digest, bytes } of image.blobs)
      assert.ok(bytes.equals(await readFile(join(folder, 'back', 'blobs', 'sha256', digest.slice('sha256:'.length)))))
  })

  it('write each event of the security log once into the files that they share', async () => {
    const works = (await world.works()) as number
    const others = each.filter(server => server !== works)
    // Whoever works writes what it hears of last, and all before it.
    for (const server of [works, ...others, works])
      await world.clients(server).iam.createUser({ UserName: `by-${server}-${randomUUID()}` })
    const folder = join(world.data, 'audit')
    const numbers = async () => {
      const files = await Promise.all((await readdir(folder)).map(name => readFile(join(folder, name), 'utf8')))
      return files.flatMap(text => text.split('\n').slice(0, -1)).map(line => JSON.parse(line).seq)
    }
    const rows = await world.query<{ seq: string }>('select seq from audit_event order by seq')
    const found = await until('all are written', numbers, ({ length }) => length >= rows.length, 30)
    assert.deepEqual(
      found.slice(0, rows.length),
      rows.map(({ seq }) => Number(seq)),
    )
  })

  it('refuse one that is called otherwise', async () => {
    const port = await freePort()
    const flags = [...world.flags(port), '--public-url', 'http://localhost:1']
    const start = startServer({ data: world.data, port, engineSocket: 'unix:///nobody', env: world.env, flags })
    await assert.rejects(start, /Give all of them the same --public-url/)
  })

  it('lose nothing that was acknowledged, and go on, when the one that works is killed', async () => {
    const { sagemaker, logs } = world.clients()
    const acknowledged: string[] = []
    let isOver = false
    const writing = [1, 2, 3, 4].map(async writer => {
      for (let number = 0; !isOver; number++) {
        const name = `kept-${writer}-${number}`
        await sagemaker.createModelPackageGroup({ ModelPackageGroupName: name }).then(
          () => acknowledged.push(name),
          // It may have been written, and the answer lost.
          error => assert.match(error.name, /ValidationException|TimeoutError|Error/),
        )
      }
    })
    for (let kills = 0; kills < 2; kills++) {
      await sleep(300)
      const worked = (await world.works()) as number
      world.kill(worked)
      await until('another one works', world.works, now => now !== undefined && now !== worked)
      // It does so for who asks any of them.
      const events = [{ timestamp: Date.now(), message: 'goes on' }]
      await logs.putLogEvents({ logGroupName: 'told', logStreamName: 'all', logEvents: events })
    }
    isOver = true
    await Promise.all(writing)
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} were written`)
    const kept = new Set((await world.query<{ name: string }>(`select name from resource`)).map(({ name }) => name))
    assert.deepEqual(
      acknowledged.filter(name => !kept.has(name)),
      [],
    )
  })
})
