import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerKey, ContainerSpec } from '../../src/driver/driver.ts'
import { podName } from '../../src/driver/kubernetes/pod-name.ts'
import {
  contentOf,
  exited,
  linesOf,
  type OpenDriver,
  openSuite,
  type SuiteContext,
  until,
} from '../../src/driver/suite-workload.ts'
import { kubectlIn } from './kubectl.ts'
import { podDriver } from './pod-driver.ts'
import { testCluster } from './test-cluster.ts'

const cluster = testCluster()
const mebibyte = 1 << 20

/** Within two minutes. */
const exitedLate = (...of: Parameters<typeof exited>) => exited(...of).catch(() => exited(...of))

describe('Pods that somebody else ends', {
  skip: cluster?.node && cluster.image ? false : 'this is no cluster that the tests made',
}, () => {
  let suite: SuiteContext
  let pods: Awaited<ReturnType<typeof podDriver>>
  let kubectl: (...words: string[]) => Promise<string>
  before(async () => {
    pods = await podDriver(cluster as NonNullable<typeof cluster>)
    kubectl = kubectlIn(pods.namespace).kubectl
    const removeImages = async () => {}
    suite = await openSuite(pods.open, { noticesOutOfMemory: true, endHolder: async () => assert.fail(), removeImages })
  })
  after(async () => {
    await suite?.close()
    await pods?.close()
  })

  const nameOf = (key: ContainerKey) => podName(suite.installation, key)
  const containersOf = async (key: ContainerKey) => {
    const path = '{range .status.initContainerStatuses[*]}{.name}={.state} {end}{.status.containerStatuses[0].state}'
    return kubectl('get', 'pod', nameOf(key), `--output=jsonpath=${path}`)
  }
  /** A server that starts something and is gone then. */
  const startAndGo = async (open: OpenDriver, spec: ContainerSpec) => {
    const driver = await open(suite.installation)
    await driver.start(spec)
    await driver.close()
  }

  it('tells a program whose Pod is deleted, and keeps what it had until a server has it', async () => {
    const { script, directory, open, driver } = suite
    const source = join(directory, 'deleted')
    await mkdir(source)
    const spec = await script(`
      process.on('SIGTERM', () => { require('fs').writeFileSync('/out/last', 'words'); console.log('told'); process.exit(5) })
      setInterval(() => {}, 1000); console.log('ready')`)
    const mounts = [...spec.mounts, { source, target: '/out', readOnly: false }]
    await startAndGo(open, { ...spec, mounts })
    await kubectl('delete', 'pod', nameOf(spec.key), '--wait=false')
    const lines = await linesOf(driver, spec.key)
    assert.deepEqual(lines.map(({ text }) => text).slice(-1), ['told'])
    const { endedByEngine, engineError } = await exited(driver, spec.key)
    assert.deepEqual([endedByEngine, engineError], [true, 'The Pod was deleted while its program ran.'])
    assert.equal(await contentOf(join(source, 'last')), 'words')
    await driver.remove(spec.key.arn)
    assert.deepEqual(await driver.list(spec.key.arn), [])
  })

  it('kills one that does not listen, half a minute later', async () => {
    const { script, open, driver } = suite
    const spec = await script(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`)
    await startAndGo(open, spec)
    await kubectl('delete', 'pod', nameOf(spec.key), '--wait=false')
    assert.equal((await exitedLate(driver, spec.key)).endedByEngine, true)
  })

  it('ends with what waits for a server when one has come, and its end is told even so', async () => {
    const { script, open, driver } = suite
    const spec = await script('setTimeout(() => process.exit(7), 3000)')
    await startAndGo(open, spec)
    await until('the program has ended', async () => /"exitCode":7/.test(await containersOf(spec.key)))
    // Kubernetes tells time by the second: of the same one it would be said that the deletion ended it.
    await sleep(1000)
    await kubectl('delete', 'pod', nameOf(spec.key), '--wait=false')
    const { exitCode, endedByEngine } = await exited(driver, spec.key)
    assert.deepEqual([exitCode, endedByEngine], [7, undefined])
    await until('the agent has ended', async () => /agent=\{"terminated"/.test(await containersOf(spec.key)))
    assert.equal((await driver.observe(spec.key))?.exitCode, 7)
    await driver.remove(spec.key.arn)
    assert.deepEqual(await driver.list(spec.key.arn), [])
  })

  it('sends nothing any more to a host of its job that has ended, whose address may be anybody’s', async () => {
    const { script, driver, arn } = suite
    const name = arn('ended-peer')
    const members = ['algo-1', 'algo-2']
    const sender = `
      const socket = require('dgram').createSocket('udp4')
      let last
      setInterval(() => require('dns').lookup('algo-2', 4, (_, address) => address && socket.send('x', 9999, address, error => {
        const now = error ? error.code : 'sent'
        if (now !== last) console.log(last = now)
      })), 100)`
    const spec = await script(`os.hostname() === 'algo-2' ? setTimeout(() => {}, 10000) : (() => {${sender}})()`)
    const of = (host: string) => ({
      ...spec,
      ...{ key: { arn: name, attempt: 1, host }, network: { kind: 'internal' as const, name }, peers: members },
    })
    await Promise.all(members.map(host => driver.start(of(host))))
    const heard: string[] = []
    for await (const { text } of driver.logs(of('algo-1').key, undefined, AbortSignal.timeout(60_000)))
      if (heard.push(text) && text !== 'sent') break
    assert.deepEqual(heard.slice(-2), ['sent', 'EPERM'])
    // It is cut off when it has ended, and its end is told when all that it had is here.
    await until('its end is told', async () => {
      const states = (await driver.list(name)).map(({ key, status }) => `${key.host} ${status}`)
      return states.sort().join() === 'algo-1 running,algo-2 exited'
    })
    await driver.remove(name)
  })

  it('ends one that writes more to its mounts than its volume holds, and says so, and no other', async () => {
    const { script, driver, directory } = suite
    // Node itself, of some 120 MiB, is in both volumes.
    const writes = async (name: string, count: number, limits: Partial<ContainerSpec['limits']>) => {
      const source = join(directory, name)
      await mkdir(source)
      const spec = await script(`
        for (let n = 0; n < ${count}; n++) require('fs').appendFileSync('/volume/much', Buffer.alloc(1 << 20, n))
        setInterval(() => {}, 1000)`)
      const mounts = [...spec.mounts, { source, target: '/volume', readOnly: false }]
      await driver.start({ ...spec, mounts, limits: { ...spec.limits, ...limits } })
      return spec.key
    }
    const kept = await writes('kept', 1, { diskBytes: 32 * mebibyte })
    const ended = await writes('ended', 128, { volumeBytes: 192 * mebibyte })
    // The kubelet looks at volumes once a minute.
    const { exitCode, outOfDisk } = await exitedLate(driver, ended)
    assert.deepEqual([exitCode, outOfDisk], [137, 192 * mebibyte])
    assert.equal((await driver.observe(kept))?.status, 'running')
  })
})
