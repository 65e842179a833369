import assert from 'node:assert/strict'
import { holderImage } from '../src/driver/container-door.ts'
import type { ContainerSpec } from '../src/driver/driver.ts'
import { createKubeClient } from '../src/driver/kubernetes/kube-client.ts'
import { accessByFile } from '../src/driver/kubernetes/kube-config.ts'
import type { Pod } from '../src/driver/kubernetes/pod-types.ts'
import { until } from '../src/driver/suite-workload.ts'
import { podOf } from '../test/kubernetes/kubectl.ts'
import { podDriver } from '../test/kubernetes/pod-driver.ts'
import { testCluster } from '../test/kubernetes/test-cluster.ts'
import type { Bench } from './bench.ts'

const rounds = 5
const work = 'Start of a container as a Pod'

/** From the wish to the program that runs, of an image that the node has, beside a Pod of the same image without anything of ours. */
export const podStartBench: Bench = {
  name: 'pod-start',
  async run() {
    const cluster = testCluster()
    if (!cluster?.node || !cluster.image)
      return [{ work, skipped: 'no cluster: `npm run test:kubernetes -- --keep` makes one, and prints what to export' }]
    const pods = await podDriver(cluster)
    const driver = await pods.open('bench', () => assert.fail('it has no door'))
    const client = createKubeClient(await accessByFile(cluster.kubeconfig), pods.namespace)
    const path = `/api/v1/namespaces/${pods.namespace}/pods`
    const image = await driver.ensureImage(await holderImage())
    const arn = 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/bench'
    const ours = async (round: number) => void (await driver.start(spec(arn, image, round)))
    const theirs = async (round: number) => {
      const name = `plain-${round}`
      const body = podOf(name, image, { command: ['/hold'], imagePullPolicy: 'IfNotPresent' })
      await client.call('POST', path, { body })
      await until('it runs', async () => {
        const { status } = await client.call<Pod>('GET', `${path}/${name}`)
        return status?.containerStatuses?.[0]?.state?.running !== undefined
      })
    }
    const figure = { ours: [] as number[], theirs: [] as number[] }
    try {
      for (let round = 0; round <= rounds; round++) {
        const [one, other] = [await seconds(() => ours(round)), await seconds(() => theirs(round))]
        // The node has the image after the first.
        if (round === 0) continue
        figure.ours.push(one)
        figure.theirs.push(other)
      }
    } finally {
      await driver.remove(arn)
      await driver.close()
      await client.close()
      await pods.close()
    }
    return [{ work, against: 'a Pod of the same image', unit: 's', ...figure, judged: 'excess', atMost: 1 }]
  },
}

const spec = (arn: string, image: string, round: number): ContainerSpec => ({
  key: { arn, attempt: 1, host: `algo-${round + 1}` },
  ...{ image, entrypoint: ['/hold'], environment: {}, mounts: [], network: { kind: 'none' } },
  limits: { cpus: 1, memoryBytes: 64 << 20, sharedMemoryBytes: 1 << 20, pids: 16, gpus: 0 },
})

const seconds = async (run: () => Promise<void>): Promise<number> => {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}
