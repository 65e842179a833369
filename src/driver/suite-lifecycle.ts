import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { it } from 'node:test'
import { contentOf, exited, outputOf, type SuiteContext, until } from './suite-workload.ts'

/** Start, adoption, stop, removal. */
export const lifecycleSuite = (context: () => SuiteContext): void => {
  it('runs a container to its exit code, once', async () => {
    const { driver, script } = context()
    const spec = await script('setTimeout(() => process.exit(7), 50)')
    const started = await driver.start(spec)
    assert.ok(started.startedAt)
    const state = await exited(driver, spec.key)
    assert.deepEqual(
      { key: state.key, exitCode: state.exitCode, outOfMemory: state.outOfMemory },
      { key: spec.key, exitCode: 7, outOfMemory: false },
    )
    assert.ok((state.finishedAt as Date) >= (state.startedAt as Date))
    assert.deepEqual(await driver.start(spec), state)
  })

  it('gives the container its environment, host name, command and mounts', async () => {
    const { driver, script, directory } = context()
    const source = join(directory, 'mounts')
    await mkdir(source)
    await writeFile(join(source, 'in'), 'read')
    const spec = await script(`
      const fs = require('fs')
      const tried = path => { try { fs.writeFileSync(path, 'written'); return 'ok' } catch (error) { return error.code } }
      console.log(process.env.NAME, os.hostname(), process.argv.at(-1), fs.readFileSync('/ro/in', 'utf8'), tried('/ro/in'), tried('/rw/out'))`)
    const mounts = [
      ...spec.mounts,
      { source, target: '/ro', readOnly: true },
      { source, target: '/rw', readOnly: false },
    ]
    const output = await outputOf(driver, { ...spec, mounts, environment: { NAME: 'a = b' }, command: ['train'] })
    assert.equal(output, 'a = b algo-1 train read EROFS ok')
    assert.equal(await contentOf(join(source, 'out')), 'written')
  })

  it('reports what cannot be started as the end of the container, in the words of the engine', async () => {
    const { driver, script } = context()
    const spec = await script('')
    const missing = { ...spec, entrypoint: ['/opt/program/missing'] }
    const state = await driver.start(missing)
    assert.equal(state.status, 'exited')
    assert.equal(state.exitCode, 127)
    assert.match(state.engineError ?? '', /\/opt\/program\/missing/)
    assert.equal((await driver.start(missing)).exitCode, 127)

    const notExecutable = { ...(await script('')), entrypoint: ['/etc/suite'] }
    assert.equal((await driver.start(notExecutable)).exitCode, 126)

    const nothing = await driver.start({ ...(await script('')), entrypoint: undefined })
    assert.equal(nothing.status, 'exited')
    assert.match(nothing.engineError ?? '', /command/i)

    const gpus = await driver.start({ ...spec, key: { ...spec.key, attempt: 2 }, limits: { ...spec.limits, gpus: 99 } })
    assert.match(gpus.engineError ?? '', /99 GPUs/)
  })

  it('tells the most memory that a container has held while it runs, and nothing of one that has ended', async () => {
    const { driver, script } = context()
    const spec = await script(
      `const held = Buffer.alloc(96 << 20, 1); console.log('held', held.length); setInterval(() => {}, 1000)`,
    )
    await driver.start(spec)
    for await (const { text } of driver.logs(spec.key, undefined, AbortSignal.timeout(60_000)))
      if (text.startsWith('held')) break
    const peak = (await driver.peakMemory(spec.key)) ?? 0
    assert.ok(peak > 96 << 20 && peak <= spec.limits.memoryBytes, `${peak}`)
    await driver.stop(spec.key, 0)
    await exited(driver, spec.key)
    assert.equal(await driver.peakMemory(spec.key), undefined)
  })

  it('adopts what runs after the server was started anew, and starts nothing twice', async () => {
    const { driver, script, directory, open, installation } = context()
    const spec = await script(`require('fs').appendFileSync('/out/runs', 'run\\n'); setTimeout(() => {}, 600000)`)
    const mounted = { ...spec, mounts: [...spec.mounts, { source: directory, target: '/out', readOnly: false }] }
    const again = await open(installation)
    try {
      const states = await Promise.all([driver, again, driver, again, driver].map(({ start }) => start(mounted)))
      assert.equal(new Set(states.map(({ startedAt }) => startedAt?.getTime())).size, 1)
      assert.deepEqual(await again.list(spec.key.arn), [states[0]])
      await until('the container has written its line', () => contentOf(join(directory, 'runs')).catch(() => undefined))
      await again.remove(spec.key.arn)
      assert.equal(await driver.observe(spec.key), undefined)
      assert.equal(await contentOf(join(directory, 'runs')), 'run\n')
    } finally {
      await again.close()
    }
  })

  it('stops with SIGTERM, at once', async () => {
    const { driver, script } = context()
    const spec = await script(
      `process.on('SIGTERM', () => process.exit(3)); setTimeout(() => {}, 600000); console.log('ready')`,
    )
    await driver.start(spec)
    for await (const { text } of driver.logs(spec.key, undefined, AbortSignal.timeout(60_000)))
      if (text === 'ready') break
    await driver.stop(spec.key, 60)
    assert.equal((await exited(driver, spec.key)).exitCode, 3)
    await driver.stop(spec.key, 60)
  })

  it('kills after the grace, and answers meanwhile', async () => {
    const { driver, script, open, installation } = context()
    const spec = await script(`process.on('SIGTERM', () => {}); setTimeout(() => {}, 600000); console.log('ready')`)
    await driver.start(spec)
    for await (const { text } of driver.logs(spec.key, undefined, AbortSignal.timeout(60_000)))
      if (text === 'ready') break
    await driver.stop(spec.key, 600)
    const restarted = await open(installation)
    await restarted.stop(spec.key, 600)
    assert.equal((await driver.observe(spec.key))?.status, 'running')
    await driver.stop(spec.key, 2)
    await restarted.stop(spec.key, 2)
    const { exitCode, outOfMemory } = await exited(driver, spec.key)
    assert.deepEqual({ exitCode, outOfMemory }, { exitCode: 137, outOfMemory: false })
    await restarted.close()
  })

  it('tells when memory ran out', async () => {
    const { driver, script, noticesOutOfMemory } = context()
    const spec = await script('const held = []; for (;;) held.push(Buffer.alloc(1 << 24, 1))')
    await driver.start(spec)
    const { exitCode, outOfMemory } = await exited(driver, spec.key)
    assert.deepEqual({ exitCode, outOfMemory }, { exitCode: 137, outOfMemory: noticesOutOfMemory })
  })

  it('ends a container that writes more outside its mounts than it may, and says so after a restart of the server too', async () => {
    const { driver, script, open, installation, directory } = context()
    const mebibytes = (path: string, count: number) =>
      `for (let n = 0; n < ${count}; n++) fs.appendFileSync('${path}', Buffer.alloc(1 << 20, n))`
    const limited = async (javascript: string) => {
      const spec = await script(`const fs = require('fs'); fs.mkdirSync('/var/x', { recursive: true }); ${javascript}`)
      return { ...spec, limits: { ...spec.limits, diskBytes: 32 << 20 } }
    }
    const stays = 'setTimeout(() => {}, 600000)'
    const mount = { source: join(directory, 'disk'), target: '/volume', readOnly: false }
    await mkdir(mount.source)
    const sparse = `fs.truncateSync(fs.writeFileSync('/var/x/sparse', '') ?? '/var/x/sparse', 2 ** 40)`
    const modest = await limited(
      `${mebibytes('/var/x/some', 8)}; ${mebibytes('/volume/much', 64)}; ${sparse}; ${stays}`,
    )
    const greedy = await limited(`${mebibytes('/var/x/much', 64)}; ${stays}`)
    await driver.start({ ...modest, mounts: [...modest.mounts, mount] })
    await driver.start(greedy)
    const { exitCode, outOfDisk, outOfMemory } = await exited(driver, greedy.key)
    assert.deepEqual({ exitCode, outOfDisk, outOfMemory }, { exitCode: 137, outOfDisk: 32 << 20, outOfMemory: false })
    const again = await open(installation)
    try {
      assert.equal((await again.observe(greedy.key))?.outOfDisk, 32 << 20)
    } finally {
      await again.close()
    }
    assert.equal((await driver.observe(modest.key))?.status, 'running')
    await driver.stop(modest.key, 0)
    assert.equal((await exited(driver, modest.key)).outOfDisk, undefined)
  })

  it('removes running and ended containers of one workload and no other', async () => {
    const { driver, script, arn } = context()
    const [one, other] = [arn('one'), arn('other')]
    const spec = await script('setTimeout(() => {}, 600000)', { network: { kind: 'internal', name: one } })
    await driver.start({ ...spec, key: { ...spec.key, arn: one } })
    await driver.start({ ...spec, key: { arn: one, attempt: 1, host: 'algo-2' } })
    const kept = await driver.start({
      ...spec,
      key: { ...spec.key, arn: other },
      network: { kind: 'internal', name: other },
    })
    assert.equal((await driver.list(one)).length, 2)
    await driver.remove(one)
    assert.deepEqual(await driver.list(one), [])
    assert.deepEqual(await driver.list(other), [kept])
    await driver.remove(one)
  })

  it('removes one attempt of a workload, and the network when the last is gone', async () => {
    const { driver, script, arn } = context()
    const shared = arn('attempts')
    const spec = await script(`require('net').createServer(s => s.end('hello')).listen(8080)`)
    const of = (attempt: number) => ({ ...spec, key: { arn: shared, attempt, host: 'variant-1' } })
    const network = { kind: 'internal', name: shared } as const
    await driver.start({ ...of(1), network })
    const kept = await driver.start({ ...of(2), network })
    await driver.remove(shared, 1)
    assert.deepEqual(await driver.list(shared), [kept])
    await until('the attempt that was kept answers', () => hello(kept.address as string))
    await driver.remove(shared, 2)
    assert.deepEqual(await driver.list(shared), [])
  })

  it('leaves other installations alone', async () => {
    const { driver, script, open, installation } = context()
    const spec = await script('setTimeout(() => {}, 600000)')
    const mine = await driver.start(spec)
    const neighbour = await open(`${installation}-neighbour`)
    try {
      assert.deepEqual(await neighbour.list(), [])
      assert.equal(await neighbour.observe(spec.key), undefined)
      await neighbour.stop(spec.key, 0)
      await neighbour.remove(spec.key.arn)
      const theirs = await neighbour.start(spec)
      assert.notDeepEqual(theirs.startedAt, mine.startedAt)
      await neighbour.remove(spec.key.arn)
      assert.deepEqual(await driver.observe(spec.key), mine)
    } finally {
      await neighbour.close()
    }
  })
}

const hello = (host: string): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host, port: 8080, timeout: 500 })
    for (const failure of ['timeout', 'error']) socket.on(failure, () => resolve(false))
    socket.on('data', data => resolve(socket.destroy() && String(data) === 'hello'))
  })
