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

/** What the largest node can give to one Pod: each number is of the node that has most of it. */
export const clusterInfo = async (client: KubeClient, gpuResource: string): Promise<EngineInfo> => {
  const [{ gitVersion }, { items }] = await Promise.all([
    client.call<{ gitVersion: string }>('GET', '/version'),
    client.call<{ items: readonly Node[] }>('GET', '/api/v1/nodes'),
  ])
  const open = items.filter(({ spec }) => !spec?.unschedulable)
  // One node that says what is no quantity says nothing of the others.
  const most = (resource: string) =>
    Math.max(0, ...open.map(({ status }) => quantity(status?.allocatable?.[resource]) || 0))
  return {
    ...{ engine: 'kubernetes', version: gitVersion.replace(/^v/, '') },
    ...{ cpus: most('cpu'), memoryBytes: most('memory'), gpus: most(gpuResource) },
  }
}
