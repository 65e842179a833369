import type { EngineInfo } from '../driver.ts'
import type { KubeClient } from './kube-client.ts'

interface Node {
  readonly spec?: { readonly unschedulable?: boolean }
  readonly status?: { readonly allocatable?: Readonly<Record<string, string>> }
}

const FACTOR: Readonly<Record<string, number>> = {
  ...{ '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
  ...{ P: 1e15, E: 1e18, Pi: 2 ** 50, Ei: 2 ** 60 },
}

/** A quantity of Kubernetes: `500m`, `3950Mi`, `8`. */
export const quantity = (text = '0'): number => {
  const [, number = '0', unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(text) ?? []
  return Number(number) * (FACTOR[unit] ?? Number.NaN)
}

interface ClusterParts {
  readonly gpuResource?: string | undefined
  /** How much of its CPUs a Pod reserves, 0 to 1; all when absent. */
  readonly cpuShare?: number | undefined
}

/** So small a part is as good as none, and what is given out has an end. */
const LEAST_SHARE = 1 / 8

/**
 * What the largest node can give to one Pod, each number of the node that has most of it; and what all nodes have together. CPUs are counted as
 * Pods reserve them.
 */
export const clusterInfo = async (client: KubeClient, parts: ClusterParts): Promise<EngineInfo> => {
  const { gpuResource = 'nvidia.com/gpu', cpuShare = 1 } = parts
  const [{ gitVersion }, { items }] = await Promise.all([
    client.call<{ gitVersion: string }>('GET', '/version'),
    client.call<{ items: readonly Node[] }>('GET', '/api/v1/nodes'),
  ])
  const open = items.filter(({ spec }) => !spec?.unschedulable)
  // One node that says what is no quantity says nothing of the others.
  const each = (resource: string) => open.map(({ status }) => quantity(status?.allocatable?.[resource]) || 0)
  const most = (resource: string) => Math.max(0, ...each(resource))
  const sum = (resource: string) => each(resource).reduce((all, one) => all + one, 0)
  return {
    ...{ engine: 'kubernetes', version: gitVersion.replace(/^v/, '') },
    ...{ cpus: most('cpu'), memoryBytes: most('memory'), gpus: most(gpuResource) },
    together: {
      cpus: sum('cpu') / Math.max(cpuShare, LEAST_SHARE),
      memoryBytes: sum('memory'),
      gpus: sum(gpuResource),
    },
  }
}
