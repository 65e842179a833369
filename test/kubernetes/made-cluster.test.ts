import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ECR } from '@aws-sdk/client-ecr'
import { region } from '../../demo/clients.ts'
import { startServer } from '../../demo/server-process.ts'
import { memoryImage } from '../../src/driver/memory-image.ts'
import { kubectlIn, podOf } from './kubectl.ts'
import { programIn } from './made-cluster.ts'
import { type MadeNode, pauseImage } from './node-files.ts'
import { removeRemains } from './node-remains.ts'
import { allowPlainRegistry } from './plain-registry.ts'
import { pushImage } from './push-image.ts'
import { testCluster } from './test-cluster.ts'

const cluster = testCluster()
const node = cluster?.node as MadeNode
const skip = node ? false : 'this is no cluster that the tests made'

describe('the cluster that tests make', { skip }, () => {
  const { kubectl, apply, close } = kubectlIn('made-cluster')
  before(() => kubectl('create', 'namespace', 'made-cluster'))
  after(close)

  it('runs a Pod, which this machine reaches', async () => {
    const command = ['/busybox', 'sh', '-c', 'echo here >/index.html; exec /busybox httpd -f -p 8080 -h /']
    await apply(podOf('reached', pauseImage, { command }))
    await kubectl('wait', '--for=condition=Ready', 'pod/reached', '--timeout=60s')
    const address = await kubectl('get', 'pod', 'reached', '--output=jsonpath={.status.podIP}')
    assert.equal(await (await fetch(`http://${address}:8080/index.html`)).text(), 'here\n')
  })

  it('pulls from a server of this machine by what a Pod’s own secret says, and not without', async () => {
    const data = await mkdtemp(join(tmpdir(), 'modelmart-registry-'))
    const server = await startServer({
      data,
      engineSocket: 'unix:///nobody',
      flags: ['--host', node.addresses.machine],
    })
    try {
      const registry = `${node.addresses.machine}:${new URL(server.url).port}`
      const ecr = new ECR({ endpoint: `http://${registry}`, region, credentials: await server.account('seller') })
      const { repository } = await ecr.createRepository({ repositoryName: 'sold' })
      const busybox = await readFile(await programIn(node.programs, 'busybox'))
      const digest = await pushImage(ecr, 'sold', await memoryImage({ busybox }))
      await allowPlainRegistry(node, registry)
      const image = `${registry}/${repository?.registryId}/sold@${digest}`
      await apply(podOf('stranger', image))
      const { authorizationData } = await ecr.getAuthorizationToken({})
      const auths = { [registry]: { auth: authorizationData?.[0]?.authorizationToken } }
      await apply({
        ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'own' }, type: 'kubernetes.io/dockerconfigjson' },
        stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
      })
      const buyer = podOf('buyer', image, { command: ['/busybox', 'true'] }, { imagePullSecrets: [{ name: 'own' }] })
      await kubectl('wait', 'pod/stranger', `--for=jsonpath={${reason}}=ErrImagePull`, '--timeout=60s')
      await apply(buyer)
      await kubectl('wait', 'pod/buyer', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s')
    } finally {
      await server.stop()
      await rm(data, { recursive: true, force: true })
    }
  })

  it('ends with who made it, also by kill -9, and the next takes its files away', async () => {
    const { KUBECONFIG: _, ...env } = process.env
    const program = new URL('main.ts', import.meta.url).pathname
    const maker = spawn(process.execPath, [program, '--keep'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = await once(maker.stdout, 'data')
    const place = /KUBECONFIG='(.*)\/kubeconfig'/.exec(String(said))?.[1] as string
    assert.ok(existsSync(place))
    maker.kill('SIGKILL')
    await once(maker, 'exit')
    while (processesIn(place).length > 0) await sleep(50)
    await removeRemains()
    assert.deepEqual([place, ...globSync(`/sys/fs/cgroup/{,*/}${basename(place)}`)].filter(existsSync), [])
  })
})

const reason = '.status.containerStatuses[0].state.waiting.reason'

/** Processes whose command line names a folder. */
const processesIn = (place: string): readonly string[] =>
  globSync('/proc/[0-9]*/cmdline').filter(file => {
    try {
      return readFileSync(file, 'utf8').includes(place)
    } catch {
      return false
    }
  })
