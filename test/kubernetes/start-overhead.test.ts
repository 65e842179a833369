import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { holderImage } from '../../src/driver/container-door.ts'
import type { ContainerSpec } from '../../src/driver/driver.ts'
import { createKubeClient } from '../../src/driver/kubernetes/kube-client.ts'
import { accessByFile } from '../../src/driver/kubernetes/kube-config.ts'
import type { Pod } from '../../src/driver/kubernetes/pod-types.ts'
import { openSuite, type SuiteContext, until } from '../../src/driver/suite-workload.ts'
import { podOf } from './kubectl.ts'
import { podDriver } from './pod-driver.ts'
import { testCluster } from './test-cluster.ts'

const cluster = testCluster()
const rounds = 5
/** Of what stands on the node already; a machine that does much else takes its time for each of three containers. */
const mostSeconds = 15

describe('the start of a Pod', {
  skip: cluster?.node && cluster.image ? false : 'this is no cluster that the tests made',
}, () => {
  let suite: SuiteContext
  let pods: Awaited<ReturnType<typeof podDriver>>
  before(async () => {
    pods = await podDriver(cluster as NonNullable<typeof cluster>)
    const removeImages = async () => {}
    suite = await openSuite(pods.open, { noticesOutOfMemory: true, endHolder: async () => assert.fail(), removeImages })
  })
  after(async () => {
    await suite?.close()
    await pods?.close()
  })

  it('takes little longer than that of a Pod without anything of ours', async context => {
    const { kubeconfig } = cluster as NonNullable<typeof cluster>
    const client = createKubeClient(await accessByFile(kubeconfig), pods.namespace)
    const path = `/api/v1/namespaces/${pods.namespace}/pods`
    const image = await suite.driver.ensureImage(await holderImage())
    const spec = (): ContainerSpec => ({
      key: { arn: suite.arn('hold'), attempt: 1, host: 'algo-1' },
      ...{ image, entrypoint: ['/hold'], environment: {}, mounts: [], network: { kind: 'none' } },
      limits: { cpus: 1, memoryBytes: 64 << 20, sharedMemoryBytes: 1 << 20, pids: 16, gpus: 0 },
    })
    const ours = async () => void (await suite.driver.start(spec()))
    const plain = async (round: number) => {
      const name = `plain-${round}`
      await client.call('POST', path, {
        body: podOf(name, image, { command: ['/hold'], imagePullPolicy: 'IfNotPresent' }),
      })
      await until('it runs', async () => {
        const { status } = await client.call<Pod>('GET', `${path}/${name}`)
        return status?.containerStatuses?.[0]?.state?.running !== undefined
      })
    }
    // The node has the image then.
    await ours()
    const seconds = { ours: [] as number[], plain: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      seconds.plain.push(await timed(() => plain(round)))
      seconds.ours.push(await timed(ours))
    }
    await client.close()
    const [one, other] = [median(seconds.ours), median(seconds.plain)]
    context.diagnostic(
      `median of ${rounds}: ${one.toFixed(2)} s, a plain Pod ${other.toFixed(2)} s; ${(one - other).toFixed(2)} s more`,
    )
    assert.ok(one - other < mostSeconds, `${one} s, a plain Pod ${other} s`)
  })
})

const timed = async (run: () => Promise<void>): Promise<number> => {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}

const median = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] as number
