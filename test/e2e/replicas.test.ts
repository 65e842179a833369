import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../demo/free-port.ts'
import { startServer } from '../../demo/server-process.ts'
import { openReplicas, type ReplicasWorld, replicaCount } from './replicas-world.ts'
import { until } from './until.ts'

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
