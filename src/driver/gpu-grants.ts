import { LABEL, type Labels } from './container-identity.ts'
import type { ContainerSpec } from './driver.ts'
import type { EngineClient } from './engine-client.ts'
import { at } from './engine-path.ts'
import { freeGpus, type Gpu, type GpuHolder } from './gpu.ts'

/** Who makes a container with GPUs makes it alone: the engine itself counts nobody's, and would give the first of them to everybody. */
export interface GpuGrants {
  /** Makes a container with the GPUs that it is given; undefined for one that wants none. Throws an Error while too few are free. */
  with<T>(spec: ContainerSpec, make: (gpus: readonly string[] | undefined) => Promise<T>): Promise<T>
}

interface Listed {
  readonly State: string
  readonly Labels: Labels | null
}

/** What GPUs are taken is told by labels of containers, so that every server on the engine knows it, also one that is started anew. */
export function createGpuGrants(
  client: EngineClient,
  installation: string,
  gpus: () => Promise<readonly Gpu[]>,
): GpuGrants {
  let last: Promise<unknown> = Promise.resolve()

  async function holders(): Promise<GpuHolder[]> {
    const query = { all: true, filters: JSON.stringify({ label: [LABEL.gpus] }) }
    const { body } = await client.call<Listed[]>('GET', at`/containers/json`, { query })
    // One that has ended holds nothing, and is not started again.
    return body
      .filter(({ State }) => !/^(exited|dead|removing|stopped)$/.test(State))
      .map(({ Labels }) => ({ instance: instanceOf(Labels ?? {}), ids: Labels?.[LABEL.gpus]?.split(',') ?? [] }))
  }

  async function granted({ key, instance = key.host, limits }: ContainerSpec): Promise<readonly string[]> {
    const name = [installation, key.arn, key.attempt, instance].join(' ')
    const free = freeGpus(await gpus(), await holders(), name, limits.gpus)
    if (!free) throw new Error(`${limits.gpus} GPUs are needed, and others have them.`)
    return free
  }

  return {
    with(spec, make) {
      if (spec.limits.gpus === 0) return make(undefined)
      const made = last.then(async () => make(await granted(spec)))
      last = made.catch(() => {})
      return made
    },
  }
}

const instanceOf = (labels: Labels): string =>
  [labels[LABEL.installation], labels[LABEL.arn], labels[LABEL.attempt], labels[LABEL.instance]].join(' ')
