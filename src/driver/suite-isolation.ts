import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { it } from 'node:test'
import type { ContainerSpec, ContainerState } from './driver.ts'
import { exited, itIfItCan, linesOf, outputOf, type SuiteContext, tellVisitors, until } from './suite-workload.ts'

/** Serves its own name on 8080, and asks on request whatever address it is given, on behalf of the test. */
const ASKER = `
  const http = require('http')
  const ask = url => new Promise(resolve => {
    const request = http.get(url, { timeout: 800 }, response => response.on('data', body => resolve(String(body))))
    request.on('timeout', () => request.destroy(new Error('timeout'))).on('error', error => resolve(error.code || error.message))
  })
  http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://x').searchParams.get('ask')
    response.end(url ? await ask(url) : os.hostname())
  }).listen(8080)`

/** The first address of a subnet is the machine's. */
const gatewayOf = (address: string) => address.replace(/\d+$/, last => String((Number(last) & 128) + 1))

const get = async (url: string): Promise<string> => (await fetch(url, { signal: AbortSignal.timeout(60_000) })).text()

const startAskers = async ({ driver, script }: SuiteContext, arn: string, hosts: readonly string[]) => {
  const spec = await script(ASKER, { network: { kind: 'internal', name: arn }, peers: hosts })
  const members: ContainerSpec[] = hosts.map(host => ({ ...spec, key: { arn, attempt: 1, host } }))
  const states = await Promise.all(members.map(driver.start))
  const addresses = states.map(({ address }) => address as string)
  await Promise.all(
    addresses.map(address => until(`${address} serves`, () => get(`http://${address}:8080/`).catch(() => undefined))),
  )
  return addresses
}

export const isolationSuite = (context: () => SuiteContext): void => {
  it('lets nothing out of either kind of network', async () => {
    assert.deepEqual(await context().driver.proveIsolation(), { isolated: true, escaped: [] })
  })

  it('lets the hosts of one workload reach each other by name, and nobody else', async () => {
    const suite = context()
    const [one, other] = [suite.arn('one'), suite.arn('other')]
    const [first = '', second = ''] = await startAskers(suite, one, ['algo-1', 'algo-2'])
    const [stranger = ''] = await startAskers(suite, other, ['algo-1'])
    const from = (address: string, url: string) => get(`http://${address}:8080/?ask=${encodeURIComponent(url)}`)
    assert.equal(await from(first, 'http://algo-2:8080/'), 'algo-2')
    assert.equal(await from(second, 'http://algo-1:8080/'), 'algo-1')
    assert.equal(await from(first, 'http://algo-1:8080/'), 'algo-1')

    const server = createServer((_, response) => response.end('the host')).listen(0, '0.0.0.0')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const gateway = (suite.machineOf ?? gatewayOf)(first)
    assert.equal(await get(`http://${gateway}:${port}/`), 'the host', 'the gateway is not where this test thinks it is')
    const outcomes = await Promise.all([
      from(first, `http://${stranger}:8080/`),
      from(stranger, `http://${first}:8080/`),
      from(first, `http://${gateway}:${port}/`),
      from(first, 'http://algo-3:8080/'),
      from(stranger, 'http://algo-2:8080/'),
    ])
    server.close()
    assert.deepEqual(
      outcomes.filter(outcome => !/timeout|EHOSTUNREACH|ENETUNREACH|ECONNREFUSED|EAI_AGAIN|ENOTFOUND/.test(outcome)),
      [],
    )
    await Promise.all([suite.driver.remove(one), suite.driver.remove(other)])
  })

  it('has a door where one is asked for, open before the program begins, which leads to the platform and to nobody else', async () => {
    const { driver, script, arn, alwaysConnected } = context()
    const ask = `require('http').get('http://127.0.0.1:170/', r => r.on('data', text => console.log(String(text), os.hostname(), Object.keys(os.networkInterfaces()).join())))
      .on('error', error => console.log(error.code))`
    for (const network of [{ kind: 'none' }, { kind: 'internal', name: arn('with-door') }] as const) {
      const interfaces = network.kind === 'none' && !alwaysConnected ? 'lo' : 'lo,eth0'
      const spec = await script(ask, { network, door: 'arn:role' })
      assert.equal(await outputOf(driver, spec), `algo-1 as arn:role algo-1 ${interfaces}`)
      assert.equal(await outputOf(driver, await script(ask, { network })), 'ECONNREFUSED')
      await driver.remove(spec.key.arn)
    }
  })

  it("lets neither a peer, nor another workload, nor the host through a container's door, and answers again when the server does", async () => {
    const { driver, open, installation, script, arn } = context()
    const name = arn('doors')
    const members = ['algo-1', 'algo-2']
    const spec = await script(ASKER, { network: { kind: 'internal', name }, peers: members })
    const first = await open(installation, tellVisitors)
    const one = await first.start({ ...spec, key: { ...spec.key, arn: name }, door: 'arn:role' })
    const other = await first.start({ ...spec, key: { ...spec.key, arn: name, host: 'algo-2' } })
    const from = async ({ address }: ContainerState, url: string) =>
      until(`${address} serves`, () =>
        get(`http://${address}:8080/?ask=${encodeURIComponent(url)}`).catch(() => undefined),
      )
    const door = 'http://127.0.0.1:170/'
    const becomes = (what: string) => until(`the door says ${what}`, async () => (await from(one, door)) === what)
    await becomes('algo-1 as arn:role')
    assert.equal(await from(other, door), 'ECONNREFUSED')
    assert.equal(await from(other, 'http://algo-1:170/'), 'ECONNREFUSED')
    await assert.rejects(get(`http://${one.address}:170/`))
    const elsewhere = arn('other-doors')
    const [stranger = ''] = await startAskers(context(), elsewhere, ['algo-1'])
    const asked = await from({ address: stranger } as ContainerState, `http://${one.address}:170/`)
    assert.match(`${asked}`, /timeout|EHOSTUNREACH|ENETUNREACH|ECONNREFUSED/)
    await driver.remove(elsewhere)
    await first.close()
    await becomes('ECONNREFUSED')
    const second = await open(installation, tellVisitors)
    assert.equal((await second.observe(one.key))?.address, one.address)
    await becomes('algo-1 as arn:role')
    await second.close()
    await driver.remove(name)
  })

  itIfItCan(context, 'lets no container run on whose network was taken from it', async () => {
    const { driver, script, endHolder } = context()
    const spec = await script('setInterval(() => {}, 1000)', { door: 'arn:role' })
    await driver.start(spec)
    await endHolder(spec.key)
    assert.equal((await exited(driver, spec.key)).exitCode, 137)
  })

  itIfItCan(context, 'lets nobody on this machine connect to a container but the user of the server', async () => {
    const suite = context()
    const name = suite.arn('closed')
    const [address = ''] = await startAskers(suite, name, ['algo-1'])
    const connect = (uid: number) => {
      const script = `exec 3<>/dev/tcp/${address}/8080 && echo connected`
      return spawnSync('timeout', ['2', 'bash', '-c', script], { uid, cwd: '/', encoding: 'utf8' }).stdout.trim()
    }
    assert.deepEqual([connect(process.getuid?.() ?? 0), connect(65_534)], ['connected', ''])
    await suite.driver.remove(name)
  })

  it('knows its own name and localhost without a network or with a door, and no other name', async () => {
    const { driver, script } = context()
    const spec = await script(`
      const { lookup } = require('dns/promises')
      const names = ['algo-1', 'localhost', 'algo-2', 'example.com', 'host.docker.internal']
      Promise.all(names.map(name => lookup(name, 4).then(({ address }) => address, error => error.code))).then(found => console.log(found.join(' ')))`)
    const networks = [{ kind: 'none' }, { kind: 'internal', name: spec.key.arn }] as const
    for (const [network, door] of networks.flatMap(network => [
      [network, {}] as const,
      [network, { door: 'arn:role' }] as const,
    ])) {
      const key = { ...spec.key, arn: context().arn(network.kind) }
      const [own, local, ...others] = (await outputOf(driver, { ...spec, key, network, ...door })).split(' ')
      assert.match(own ?? '', network.kind === 'none' ? /^127\.0\.0\.1$/ : /^(?!127\.)[\d.]+$/)
      assert.equal(local, '127.0.0.1')
      for (const other of others) assert.match(other, /^(ENOTFOUND|EAI_AGAIN)$/, others.join(' '))
    }
  })

  it('holds containers to their limits and takes their privileges', async () => {
    const { driver, script, limitsElsewhere } = context()
    const spec = await script(`
      const fs = require('fs')
      const read = (...paths) => fs.readFileSync(paths.find(fs.existsSync), 'utf8').trim()
      const status = read('/proc/self/status')
      const [cpuQuota, cpuPeriod] = (fs.existsSync('/sys/fs/cgroup/cpu.max')
        ? read('/sys/fs/cgroup/cpu.max') : read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') + ' ' + read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')).split(' ')
      const shm = fs.statfsSync('/dev/shm')
      const denied = path => { try { fs.writeFileSync(path, '1'); return false } catch { return true } }
      console.log(JSON.stringify({
        memory: Number(read('/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes')),
        pids: Number(read('/sys/fs/cgroup/pids.max', '/sys/fs/cgroup/pids/pids.max')),
        cpus: cpuQuota / cpuPeriod,
        sharedMemory: shm.blocks * shm.bsize,
        capabilities: status.match(/CapBnd:\\s*(\\w+)/)[1],
        noNewPrivileges: status.match(/NoNewPrivs:\\s*(\\d)/)[1],
        seccomp: status.match(/Seccomp:\\s*(\\d)/)[1],
        oomScore: Number(read('/proc/self/oom_score_adj')),
        kernelReadOnly: denied('/proc/sys/kernel/hostname') && denied('/sys/kernel/mm/x') && denied('/proc/sysrq-trigger'),
        interfaces: Object.keys(os.networkInterfaces()),
      }))`)
    const limits = { ...spec.limits, cpus: 0.5, pids: 33 }
    const found = JSON.parse(await outputOf(driver, { ...spec, limits }))
    assert.deepEqual(found, {
      memory: limits.memoryBytes,
      pids: 33,
      cpus: 0.5,
      sharedMemory: limits.sharedMemoryBytes,
      // chown 0, dac_override 1, fowner 3, kill 5, setgid 6, setuid 7, net_bind_service 10, sys_chroot 18
      capabilities: '00000000000404eb',
      noNewPrivileges: '1',
      seccomp: '2',
      oomScore: 500,
      kernelReadOnly: true,
      interfaces: ['lo'],
      ...limitsElsewhere?.(found),
    })
  })

  itIfItCan(context, 'kills no more than the container when it opens too many processes', async () => {
    const { driver, script } = context()
    const spec = await script(`
      const { spawn } = require('child_process')
      let failed = 0
      for (let i = 0; i < 40; i++) spawn(process.execPath, ['-e', 'setTimeout(() => {}, 500)']).on('error', () => failed++)
      setTimeout(() => { console.log(failed > 0); process.exit() }, 300)`)
    const output = await outputOf(driver, { ...spec, limits: { ...spec.limits, pids: 24 } })
    assert.match(output, /true/)
    assert.ok((await linesOf(driver, spec.key)).length > 0)
  })
}
