import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineInfo } from '../driver.ts'
import { clusterInfo } from './cluster-info.ts'
import { createKubeClient, type KubeClient, KubeError } from './kube-client.ts'
import { accessByFile, accessInCluster } from './kube-config.ts'
import type { ClusterSettings } from './open.ts'
import { closingPod } from './pod.ts'
import { CLOSER, podProblem } from './pod-state.ts'
import type { Pod } from './pod-types.ts'

/** One thing that a cluster has or lacks. */
export interface ClusterFinding {
  readonly what: string
  readonly good: boolean
  readonly detail: string
  readonly remedy?: string
}

const PROBE_MS = 120_000

/** What a server does with the API of the cluster. */
const RIGHTS: readonly (readonly [verb: string, resource: string])[] = [
  ...['get', 'list', 'watch', 'create', 'patch', 'delete'].map(verb => [verb, 'pods'] as const),
  ...['create', 'deletecollection'].map(verb => [verb, 'secrets'] as const),
  ['create', 'networkpolicies'],
]

/** Looks at a cluster as a server would use it, and closes the network of a Pod there. Throws when it cannot be reached. */
export const checkCluster = async (settings: ClusterSettings): Promise<ClusterFinding[]> => {
  const { kubeconfig, context, environment } = settings
  const access = await (kubeconfig ? accessByFile(kubeconfig, context) : accessInCluster(environment))
  const client = createKubeClient(access, settings.namespace ?? access.namespace)
  try {
    const info = await clusterInfo(client, settings)
    const found = {
      what: 'engine',
      good: true,
      detail: `kubernetes ${info.version} at ${access.server}; the largest node: ${told(info)}; all together: ${told(info.together ?? info)}`,
    }
    return [found, await rights(client), await isolation(client, settings)]
  } finally {
    await client.close()
  }
}

const rights = async (client: KubeClient): Promise<ClusterFinding> => {
  const missing: string[] = []
  for (const [verb, resource] of RIGHTS) {
    const group = resource === 'networkpolicies' ? 'networking.k8s.io' : ''
    const resourceAttributes = { verb, group, resource, namespace: client.namespace }
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    }
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const { status } = await client.call<{ status?: { allowed?: boolean } }>('POST', path, { body })
    if (!status?.allowed) missing.push(`${verb} ${resource}`)
  }
  const detail =
    missing.length > 0 ? `may not ${missing.join(', ')}` : `may run Pods in the namespace ${client.namespace}`
  return {
    what: 'rights',
    good: missing.length === 0,
    detail,
    remedy: 'Give the account a Role with these verbs, and a ClusterRole that gets and lists nodes.',
  }
}

const isolation = async (client: KubeClient, settings: ClusterSettings): Promise<ClusterFinding> => {
  const what = 'isolation'
  const name = `mm-doctor-${randomUUID()}`
  const pods = `/api/v1/namespaces/${client.namespace}/pods`
  try {
    await client.call('POST', pods, {
      body: closingPod({ ...settings, installation: 'doctor', namespace: client.namespace }, name),
    })
    let words = 'the Pod has not ended'
    for (const end = Date.now() + PROBE_MS; Date.now() < end; await sleep(200)) {
      const pod = await client.call<Pod>('GET', `${pods}/${name}`)
      const closed =
        pod.status?.initContainerStatuses?.find(one => one.name === CLOSER)?.state?.terminated?.exitCode === 0
      if (closed) return { what, good: true, detail: 'a Pod closed its network and could not get out' }
      const problem = podProblem(pod)
      words = problem?.words ?? words
      if (problem?.blame === 'dead') break
    }
    return { what, good: false, detail: words, remedy }
  } catch (error) {
    return {
      what,
      good: false,
      detail: (error as Error).message,
      remedy: error instanceof KubeError ? remedy : undefined,
    }
  } finally {
    await client.find('DELETE', `${pods}/${name}`, { query: { gracePeriodSeconds: '1' } }).catch(() => undefined)
  }
}

const remedy =
  'The namespace has to allow Pods an init container with NET_ADMIN, the nodes have to have nf_tables, and to pull kubernetes-agent-image.'

const told = ({ cpus, memoryBytes, gpus }: NonNullable<EngineInfo['together']>): string =>
  `${cpus} CPUs, ${(memoryBytes / 1024 ** 3).toFixed(1)} GiB, ${gpus} GPUs`
