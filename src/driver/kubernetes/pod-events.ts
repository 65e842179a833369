import { setTimeout as sleep } from 'node:timers/promises'
import { type KubeClient, KubeError } from './kube-client.ts'
import { podKey, podSelector } from './pod-name.ts'
import type { Pod } from './pod-types.ts'

interface PodList {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: readonly Pod[]
}

/** Watches go deaf without an error: whatever they say, the Pods are listed anew after it. */
const WATCH_SECONDS = 30
const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 5_000

/** ARNs of an installation's Pods as they change; `undefined` whenever something may have been missed. */
export const podEvents = async function* (
  client: KubeClient,
  installation: string,
  signal: AbortSignal,
): AsyncGenerator<string | undefined> {
  const path = `/api/v1/namespaces/${client.namespace}/pods`
  const labelSelector = podSelector(installation)
  let known: Map<string, Known> | undefined
  let backoff = FIRST_BACKOFF_MS
  while (!signal.aborted) {
    try {
      const { metadata, items } = await client.call<PodList>('GET', path, { query: { labelSelector } })
      const now = new Map(items.flatMap(pod => knownOf(installation, pod)))
      if (known) yield* changed(known, now)
      else yield undefined
      known = now
      backoff = FIRST_BACKOFF_MS
      const query = { labelSelector, resourceVersion: metadata.resourceVersion, timeoutSeconds: String(WATCH_SECONDS) }
      // A connection that is dead and does not say so is left too.
      const until = AbortSignal.any([signal, AbortSignal.timeout((WATCH_SECONDS + 10) * 1000)])
      for await (const { type, object } of client.watch<Pod>(path, { query, signal: until })) {
        if (type === 'ERROR') break
        const [[name, one] = []] = knownOf(installation, object)
        if (!name || !one) continue
        if (type === 'DELETED') known.delete(name)
        else known.set(name, one)
        yield one.arn
      }
      if (!signal.aborted) continue
    } catch (error) {
      if (!(error instanceof KubeError)) known = undefined
    }
    await sleep(backoff, undefined, { signal }).catch(() => undefined)
    backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)
  }
}

interface Known {
  readonly arn: string
  readonly version: string | undefined
}

const knownOf = (installation: string, pod: Pod): [string, Known][] => {
  const arn = podKey(installation, pod)?.arn
  return arn ? [[pod.metadata.name, { arn, version: pod.metadata.resourceVersion }]] : []
}

const changed = (before: ReadonlyMap<string, Known>, after: ReadonlyMap<string, Known>): Set<string> => {
  const gone = [...before].filter(([name]) => !after.has(name))
  const other = [...after].filter(([name, { version }]) => before.get(name)?.version !== version)
  return new Set([...gone, ...other].map(([, { arn }]) => arn))
}
