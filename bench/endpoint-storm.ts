import { createDockerDriver } from '../src/driver/docker.ts'
import type { Figure } from './bench.ts'
import { median } from './rounds.ts'
import type { Stage } from './stage.ts'

const installation = `bench${process.pid}`
const limits = { cpus: 1, memoryBytes: 2 ** 28, sharedMemoryBytes: 2 ** 26, pids: 100, gpus: 0, diskBytes: 2 ** 30 }

/** Containers of so many endpoints, all asked for at once: seconds until the first, the one in the midst and the last run. */
export async function endpointStorm({ socket, image, full }: Stage): Promise<Figure[]> {
  const driver = await createDockerDriver({ socket, installation, onError: () => {} })
  const figures: Figure[] = []
  try {
    for (const count of [1, 10, full ? 100 : 40]) {
      const arns = Array.from({ length: count }, (_, index) => `bench:${count}:${index}`)
      const begun = performance.now()
      const seconds = await Promise.all(
        arns.map(async arn => {
          await driver.start({
            ...{
              key: { arn, attempt: 1, host: 'v-1' },
              image,
              command: ['serve'],
              environment: {},
              mounts: [],
              limits,
            },
            network: { kind: 'internal', name: arn },
          })
          return (performance.now() - begun) / 1000
        }),
      )
      for (const arn of arns) await driver.remove(arn)
      const told = { unit: 's', judged: 'value' } as const
      figures.push(
        { work: `${count} endpoints at once: the first runs after`, ours: [Math.min(...seconds)], ...told },
        { work: `${count} endpoints at once: the one in the midst`, ours: [median(seconds)], ...told },
        { work: `${count} endpoints at once: the last`, ours: [Math.max(...seconds)], ...told },
      )
    }
  } finally {
    await driver.close()
  }
  return figures
}
