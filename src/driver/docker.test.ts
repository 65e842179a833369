import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { packTar } from 'modern-tar'
import { containerConfig } from './container-config.ts'
import { containerName, holderName, labelFilter } from './container-identity.ts'
import { createDockerDriver, type DockerDriver } from './docker.ts'
import type { ContainerKey, ContainerSpec } from './driver.ts'
import { createEngineClient, type EngineClient, EngineUnavailable } from './engine-client.ts'
import { at } from './engine-path.ts'
import { type GpuEngine, openGpuEngine } from './gpu-engine.fixture.ts'
import { createImageCollection } from './image-collection.ts'
import { openHostListeners, probeFiles, probeResults, probeSpec } from './isolation-probe.ts'
import { driverSuite } from './suite.ts'
import { gpusSuite } from './suite-gpus.ts'
import { type OpenDriver, openSuite, outputOf, type SuiteContext } from './suite-workload.ts'
import { bridgeName } from './workload-network.ts'

const SOCKETS = ['/var/run/docker.sock', '/run/podman/podman.sock']
const CGROUP_V2 = existsSync('/sys/fs/cgroup/cgroup.controllers')

const answers = (path: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(path, () => resolve(socket.destroy() !== undefined)).on('error', () => resolve(false))
  })

const present = (await Promise.all(SOCKETS.map(async path => ((await answers(path)) ? [path] : [])))).flat()

it('has an engine to run on', () => {
  assert.ok(present.length > 0, `neither Docker nor Podman answers on ${SOCKETS.join(' or ')}`)
})

it('says which socket does not answer', async () => {
  const driver = createDockerDriver({ socket: 'unix:///nowhere/engine.sock', installation: 'nowhere' })
  await assert.rejects(
    driver,
    error => error instanceof EngineUnavailable && /\/nowhere\/engine\.sock.*ENOENT/.test(error.message),
  )
})

const [docker] = present.filter(path => !path.includes('podman'))

describe('gpus, by a device runtime', { skip: docker ? false : 'there is no Docker', timeout: 120_000 }, () => {
  let engine: GpuEngine
  let suite: SuiteContext
  before(async () => {
    engine = await openGpuEngine(docker as string)
    const { socket } = engine
    const gpus = async () => ['0', '1'].map(id => ({ id, memoryBytes: 16 * 1024 ** 3 }))
    const open: OpenDriver = installation => createDockerDriver({ socket, installation, gpus, onError: assert.fail })
    suite = await openSuite(open, {
      noticesOutOfMemory: true,
      endHolder: (installation, key) => endHolder(socket, holderName(installation, key)),
      removeImages: references => removeImages(socket, references),
    })
  })
  after(async () => {
    await suite?.close()
    await engine?.close()
  })
  gpusSuite(() => suite)
})

for (const path of present) {
  const socket = `unix://${path}`
  const engine = path.includes('podman') ? 'podman' : 'docker'
  const options = {
    noticesOutOfMemory: engine === 'docker' || CGROUP_V2,
    endHolder: (installation: string, key: ContainerKey) => endHolder(socket, holderName(installation, key)),
    removeImages: (references: Iterable<string>) => removeImages(socket, references),
  }
  const open: OpenDriver = (installation, onVisit) =>
    createDockerDriver({ socket, installation, onError: assert.fail, ...(onVisit && { onVisit }) })
  driverSuite(engine, open, options)

  describe(`${engine}, seen from the engine`, { timeout: 120_000 }, () => {
    let suite: SuiteContext
    let client: EngineClient
    before(async () => {
      client = createEngineClient(socket)
      suite = await openSuite(open, options)
    })
    after(async () => {
      await suite?.close()
      await client?.close()
    })

    it('starts a container that was created by a server that died before it started it', async () => {
      const { driver, installation, script } = suite
      const spec = await script('process.exit(4)')
      const body = containerConfig(installation, spec, undefined, { engine, cpus: 1 })
      await client.call('POST', at`/containers/create`, {
        query: { name: containerName(installation, spec.key) },
        body,
      })
      assert.equal((await driver.observe(spec.key))?.status, 'created')
      assert.ok((await driver.start(spec)).startedAt)
    })

    it('gives one its door that was created by a server that died before it started it', async () => {
      const { driver, installation, script } = suite
      const spec = await script(
        `require('net').connect(170, '127.0.0.1', () => console.log('open')).on('error', e => console.log(e.code))`,
      )
      const body = containerConfig(installation, spec, undefined, { engine, cpus: 1 })
      const name = containerName(installation, spec.key)
      await client.call('POST', at`/containers/create`, { query: { name }, body })
      assert.equal(await outputOf(driver, { ...spec, door: 'arn:role' }), 'open')
    })

    it('gives one that gives way a quarter of what another has where processors are short', async () => {
      const { driver, installation, script } = suite
      const sharesOf = async (changes: Partial<ContainerSpec>) => {
        const spec = { ...(await script('setTimeout(() => {}, 20000)')), ...changes }
        await driver.start(spec)
        const path = at`/containers/${containerName(installation, spec.key)}/json`
        const { body } = await client.call<{ HostConfig: { CpuShares: number } }>('GET', path)
        return body.HostConfig.CpuShares || 1024
      }
      assert.deepEqual([await sharesOf({}), await sharesOf({ givesWay: true })], [1024, 256])
    })

    it('brings the lines in order, each once, while the log that the engine keeps is begun anew', async () => {
      const { driver, installation, script } = suite
      const spec = await script(`
        let n = 0
        const burst = () => { for (const end = n + 50; n < end; n++) console.log(n + ' ' + 'x'.repeat(80)) }
        const timer = setInterval(() => { burst(); if (n >= 20000) clearInterval(timer) }, 10)`)
      const body = containerConfig(installation, spec, undefined, { engine, cpus: 1 })
      const { LogConfig } = body.HostConfig
      const small = { ...LogConfig, Config: { ...LogConfig.Config, 'max-size': String(1 << 20) } }
      await client.call('POST', at`/containers/create`, {
        query: { name: containerName(installation, spec.key) },
        body: { ...body, HostConfig: { ...body.HostConfig, LogConfig: small } },
      })
      await driver.start(spec)
      const numbers: number[] = []
      for await (const { text } of driver.logs(spec.key, undefined, AbortSignal.timeout(30_000)))
        numbers.push(Number.parseInt(text, 10))
      assert.equal(new Set(numbers).size, numbers.length, 'a line came twice')
      assert.deepEqual(
        numbers,
        numbers.toSorted((one, other) => one - other),
      )
      assert.equal(numbers.at(-1), 19_999)
      // Docker before 25 leaves lines out for a reader who is behind by a whole file; ours are of 256 MiB, here of one.
      if (engine === 'podman') assert.equal(numbers.length, 20_000)
    })

    it('leaves a container alone that somebody else has started from an image with labels like ours', async () => {
      const { driver, installation, script } = suite
      const spec = await script('setTimeout(() => {}, 60000)')
      const body = containerConfig(installation, spec, undefined, { engine, cpus: 1 })
      const name = `modelmart-stranger-${process.pid}-${engine}`
      await client.call('POST', at`/containers/create`, { query: { name }, body })
      try {
        assert.deepEqual(await driver.list(spec.key.arn), [])
        await driver.remove(spec.key.arn)
        assert.equal((await client.call('GET', at`/containers/${name}/json`)).status, 200)
      } finally {
        await client.call('DELETE', at`/containers/${name}`, { query: { force: true } })
      }
    })

    it('leaves no container, network or bridge behind', async () => {
      const { driver, installation, script } = suite
      const spec = await script('setTimeout(() => {}, 60000)')
      const filters = JSON.stringify({ label: labelFilter(installation, spec.key.arn) })
      const networks = async () => {
        const { body } = await client.call<{ Name: string }[]>('GET', at`/networks`, { query: { filters } })
        return body.map(({ Name }) => Name)
      }
      await driver.start({ ...spec, network: { kind: 'internal', name: spec.key.arn }, door: 'arn:role' })
      const [network = ''] = await networks()
      const bridge = `/sys/class/net/${bridgeName(network)}`
      assert.ok(existsSync(bridge))
      await driver.remove(spec.key.arn)
      const { body: containers } = await client.call('GET', at`/containers/json`, { query: { all: true, filters } })
      assert.deepEqual({ containers, networks: await networks() }, { containers: [], networks: [] })
      assert.ok(!existsSync(bridge))
    })

    it('removes images that nothing has used for an hour, and no others', async () => {
      const { driver, image, script } = suite
      let time = 0
      const collection = createImageCollection(client, () => time)
      const has = async (reference: string) =>
        (await client.call('GET', at`/images/${reference}/json`, { accept: [404] })).status === 200
      const used = await driver.ensureImage(await image({ 'etc/mark': randomUUID() }))
      const unused = await driver.ensureImage(await image({ 'etc/mark': randomUUID() }))
      const asked = await driver.ensureImage(await image({ 'etc/mark': randomUUID() }))
      await driver.start(await script('setTimeout(() => {}, 60000)', { image: used }))
      await collection.collect()
      time = 3_500_000
      collection.use(asked)
      await collection.collect()
      assert.deepEqual([await has(used), await has(unused), await has(asked)], [true, true, true])
      time = 3_700_000
      await collection.collect()
      assert.deepEqual([await has(used), await has(unused), await has(asked)], [true, false, true])
    })

    it('removes what was built to be certified once its tag is gone, and the rest when the disk is short', async () => {
      let [time, short] = [0, false]
      const mine = new Set<string>()
      // The engine holds what others have built as well.
      const call: EngineClient['call'] = async (method, path, asked) => {
        const told = await client.call(method, path, asked)
        if (path !== '/images/json') return told as never
        return { ...told, body: (told.body as { Id: string }[]).filter(({ Id }) => mine.has(Id)) } as never
      }
      const collection = createImageCollection(
        { ...client, call },
        () => time,
        async () => short,
      )
      const look = async (after: number) => {
        time += after
        await collection.collect()
      }
      const built = async (tag: string, label: string) => {
        const query = {
          fromSrc: '-',
          changes: `LABEL ${label}=${randomUUID()}`,
          ...(tag && { repo: tag, tag: 'latest' }),
        }
        const body = Readable.from([await packTar([{ header: { name: 'mark', size: 0 }, body: '' }])])
        const answer = await text(await client.stream('POST', at`/images/create`, { query, body }))
        const id = /[0-9a-f]{64}/.exec(answer)?.[0] ?? assert.fail(answer)
        for (const known of [id, `sha256:${id}`]) mine.add(known)
        return id
      }
      const has = async (reference: string) =>
        (await client.call('GET', at`/images/${reference}/json`, { accept: [404] })).status === 200
      const tag = `modelmart-certify-${randomUUID()}`
      const [untagged, strangers] = [await built('', 'modelmart.built'), await built('', 'somebody.built')]
      await built(tag, 'modelmart.built')
      try {
        await look(0)
        await look(3_700_000)
        assert.deepEqual([await has(untagged), await has(strangers), await has(tag)], [false, true, true])
        short = true
        await look(0)
        await look(200_000)
        assert.ok(await has(tag))
        await look(200_000)
        assert.deepEqual([await has(strangers), await has(tag)], [true, false])
      } finally {
        for (const reference of [untagged, strangers, tag])
          await client.call('DELETE', at`/images/${reference}`, { accept: [404, 409] })
      }
    })

    it('removes what a probe has left whose server was killed', async () => {
      const { driver, script, installation } = suite
      const arn = 'isolation-probe-99999999-1'
      const filters = JSON.stringify({ label: labelFilter(installation, arn) })
      const left = async () => [
        ...(await client.call<unknown[]>('GET', at`/networks`, { query: { filters } })).body,
        ...(await client.call<unknown[]>('GET', at`/containers/json`, { query: { all: true, filters } })).body,
      ]
      const network = { kind: 'internal', name: arn } as const
      const spec = await script('setTimeout(() => {}, 60000)', { key: { arn, attempt: 1, host: 'algo-1' }, network })
      await driver.start(spec)
      assert.equal((await left()).length, 2)
      await driver.proveIsolation()
      assert.deepEqual(await left(), [])
      // The one without a network, as it is when the server is killed before it is started.
      const key = { arn, attempt: 1, host: 'algo-1' }
      const alone = await script('setTimeout(() => {}, 60000)', { key, network: { kind: 'none' } })
      const body = containerConfig(installation, alone, undefined, { engine, cpus: 1 })
      await client.call('POST', at`/containers/create`, { query: { name: containerName(installation, key) }, body })
      assert.equal((await left()).length, 1)
      await driver.proveIsolation()
      assert.deepEqual(await left(), [])
    })

    it('runs a probe that does get out where nothing keeps it in', async () => {
      const { driver, arn, installation } = suite
      const listeners = await openHostListeners()
      try {
        const spec = await probeSpec(driver, arn('open'), { kind: 'none' }, listeners.attempts(), await probeFiles())
        const closed = containerConfig(installation, spec, undefined, { engine, cpus: 1 })
        const open = { NetworkMode: 'bridge', ExtraHosts: [], SecurityOpt: ['seccomp=unconfined'] }
        const body = { ...closed, HostConfig: { ...closed.HostConfig, ...open } }
        await client.call('POST', at`/containers/create`, {
          query: { name: containerName(installation, spec.key) },
          body,
        })
        await driver.start(spec)
        const reached = (await probeResults(driver, spec)).filter(({ succeeded }) => succeeded)
        for (const what of ['this host over TCP', 'this host over UDP', "the kernel's keyrings (keyctl)"])
          assert.ok(
            reached.some(result => result.what === what),
            `${what} was not reached, so the probe proves nothing`,
          )
      } finally {
        listeners.close()
      }
    })

    it('goes on with events when the engine was away, and says so', async () => {
      const { script, installation } = suite
      const door = await openDoor(path)
      const driver = await createDockerDriver({ socket: door.socket, installation })
      const abort = new AbortController()
      const events = driver.events(abort.signal)[Symbol.asyncIterator]()
      assert.deepEqual(await events.next(), { value: undefined, done: false })
      await door.shut()
      await assert.rejects(driver.list(), EngineUnavailable)
      await door.reopen()
      assert.deepEqual(await events.next(), { value: undefined, done: false })
      const spec = await script('')
      await driver.start(spec)
      assert.equal((await events.next()).value, spec.key.arn)
      abort.abort()
      await events.return?.()
      await closeAll(driver, door)
    })
  })
}

const endHolder = async (socket: string, name: string): Promise<void> => {
  const client = createEngineClient(socket)
  await client.call('POST', at`/containers/${name}/kill`, { query: { signal: 'SIGKILL' } })
  await client.close()
}

const removeImages = async (socket: string, references: Iterable<string>): Promise<void> => {
  const client = createEngineClient(socket)
  for (const reference of references)
    await client.call('DELETE', at`/images/${reference}`, { query: { force: true }, accept: [404] })
  await client.close()
}

interface Door {
  readonly socket: string
  shut(): Promise<void>
  reopen(): Promise<void>
}

/** Another way to the same engine, which can be shut. */
const openDoor = async (engine: string): Promise<Door> => {
  const path = join(tmpdir(), `modelmart-door-${process.pid}.sock`)
  const inside = new Set<Socket>()
  const server = createServer(visitor => {
    const far = connect(engine)
    for (const socket of [visitor, far]) inside.add(socket.on('error', () => undefined))
    visitor.pipe(far).pipe(visitor)
  })
  const reopen = async () => {
    await once(server.listen(path), 'listening')
  }
  await reopen()
  return {
    socket: `unix://${path}`,
    reopen,
    shut: async () => {
      server.close()
      for (const socket of inside) socket.destroy()
      await rm(path, { force: true })
    },
  }
}

const closeAll = async (driver: DockerDriver, door: Door): Promise<void> => {
  await driver.close()
  await door.shut()
}
