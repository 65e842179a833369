import { setTimeout as sleep } from 'node:timers/promises'
import type { OnVisit } from '../container-door.ts'
import { failedStart } from '../container-state.ts'
import type { ContainerKey, ContainerSpec, ContainerState, Driver } from '../driver.ts'
import { isStrayProbe, proveIsolation } from '../isolation-probe.ts'
import { podSecret } from './agent-wire.ts'
import { clusterInfo } from './cluster-info.ts'
import type { ImageServer } from './image-server.ts'
import { type KubeClient, KubeError } from './kube-client.ts'
import { mountRefusal } from './mount-refusal.ts'
import { kindOf, packMounts } from './mount-transfer.ts'
import { networkPolicy } from './network-policy.ts'
import { type PodPlace, podOf } from './pod.ts'
import { podEvents } from './pod-events.ts'
import { createPodFollowers } from './pod-follower.ts'
import { podLogs } from './pod-logs.ts'
import { podKey, podLabels, podName, podSelector } from './pod-name.ts'
import { createPodSeal, type PodNotes } from './pod-notes.ts'
import { hostsFile, type PodPeers, peersOf } from './pod-peers.ts'
import { podProblem, podState } from './pod-state.ts'
import type { Pod } from './pod-types.ts'

export interface KubernetesDriverOptions {
  readonly client: KubeClient
  readonly place: PodPlace
  /** Whoever knows it can speak to every agent. */
  readonly secret: Buffer
  /** Where the files of workloads are on this machine: what Pods have written is put nowhere else. */
  readonly work: string
  readonly images: ImageServer
  readonly onError?: (error: Error) => void
  readonly onVisit?: OnVisit
  readonly doorEnvironment?: Readonly<Record<string, string>>
  readonly shownFiles?: string
}

export interface KubernetesDriver extends Driver {
  /** Leaves the Pods to themselves. */
  close(): Promise<void>
}

const LOOK_MS = 100
/** For a node, an image, the agent; a Pod that has waited so long is gone on waiting for by the next `start`. */
const START_MS = 300_000
/** A cluster may make a node for a Pod, and a registry may be started anew. */
const PROBLEM_MS = 60_000
/** For the other hosts of a job to have addresses: programs may look for them at once. Names of later ones are told later. */
const PEERS_MS = 15_000
const REMOVAL_MS = 120_000

/** Runs workloads as Pods (Kubernetes 1.29 and later), by the plan of docs/decisions/2026-11-30-kubernetes.md. */
export const createKubernetesDriver = (options: KubernetesDriverOptions): KubernetesDriver => {
  const { client, place, secret, work, images } = options
  const { installation } = place
  const onError = options.onError ?? process.emitWarning
  const pods = `/api/v1/namespaces/${client.namespace}/pods`
  const secrets = `/api/v1/namespaces/${client.namespace}/secrets`
  const policies = `/apis/networking.k8s.io/v1/namespaces/${client.namespace}/networkpolicies`
  const seal = createPodSeal(secret)
  const nameOf = (key: ContainerKey) => podName(installation, key)
  const starting = new Map<string, Promise<ContainerState>>()
  const turnAway: OnVisit = (_, socket) => void socket.destroy()

  const podNamed = async (name: string): Promise<Pod | undefined> => client.find<Pod>('GET', `${pods}/${name}`)
  const followers = createPodFollowers({
    ...{ installation, secret, seal, work, onError },
    onVisit: options.onVisit ?? turnAway,
    podNamed,
    note: async (pod, what) => {
      const body = { metadata: { annotations: seal.collected(pod, what) } }
      await client.find('PATCH', `${pods}/${pod.metadata.name}`, { body, contentType: 'application/merge-patch+json' })
    },
  })

  const stateOf = (pod: Pod | undefined): ContainerState | undefined => {
    const state = pod && podState(installation, pod, seal.notesOf(pod))
    if (!state) return undefined
    followers.follow(pod)
    const collected = seal.collectedOf(pod)
    // Started again and looked at meanwhile: what it has printed and written is not here yet.
    if (state.status === 'exited' && collected === undefined && followers.isOwed(pod)) {
      const { exitCode: _, outOfMemory: __, finishedAt: ___, engineError: ____, ...running } = state
      return { ...running, status: 'running' }
    }
    if (collected?.refused) return { ...state, exitCode: state.exitCode || 128, filesRefused: collected.refused }
    return collected?.unstarted ? { ...state, engineError: collected.unstarted } : state
  }
  const observe = async (key: ContainerKey) => stateOf(await podNamed(nameOf(key)))

  const podsOf = async (arn?: string, attempt?: number): Promise<Pod[]> => {
    const labelSelector = podSelector(installation, arn, attempt)
    const { items } = await client.call<{ items: Pod[] }>('GET', pods, { query: { labelSelector } })
    return items.filter(
      pod => podKey(installation, pod) && (arn === undefined || podKey(installation, pod)?.arn === arn),
    )
  }

  let walled: Promise<unknown> | undefined
  /** Made once; one that somebody has removed is made again by the next server. */
  const wall = () => {
    walled ??= once(client.call('POST', policies, { body: networkPolicy(installation) })).catch(error => {
      walled = undefined
      throw error
    })
    return walled
  }

  const make = async (spec: ContainerSpec): Promise<void> => {
    await wall()
    const name = nameOf(spec.key)
    const metadata = { name, labels: podLabels(installation, spec.key) }
    const body = {
      ...{ metadata, type: 'kubernetes.io/dockerconfigjson' },
      stringData: { '.dockerconfigjson': images.pullSecret(name, spec.image), key: podSecret(secret, 'agent', name) },
    }
    await once(client.call('POST', secrets, { body }))
    const facts = {
      ...{ image: spec.image, program: images.programOf(spec.image) ?? {}, secret: name, seal, work },
      mounts: await Promise.all(spec.mounts.map(kindOf)),
    }
    await once(client.call('POST', pods, { body: podOf(place, spec, facts) }))
  }

  const bring = async (pod: Pod, notes: PodNotes, spec: ContainerSpec, peers: PodPeers): Promise<void> => {
    const agent = followers.agentOf(pod)
    const status = await agent?.status()
    if (!agent || !status || status.open) return
    if (spec.door !== undefined && !status.door) return
    const hosts = hostsFile(notes, pod, peers)
    await agent.stage(hosts, peers.admitted, packMounts(spec.mounts))
  }

  const createAndStart = async (spec: ContainerSpec): Promise<ContainerState> => {
    const name = nameOf(spec.key)
    // One that is there has been let in, and its files may be with another server.
    if (!(await podNamed(name))) {
      const problem = await refusalOf(spec)
      if (problem) return failedStart(spec.key, problem)
      await make(spec)
    }
    let trouble: { words: string; since: number } | undefined
    let complaint: Error | undefined
    let alone: number | undefined
    for (const end = Date.now() + START_MS; Date.now() < end; await sleep(LOOK_MS)) {
      const pod = await podNamed(name)
      const state = stateOf(pod)
      if (!pod || !state) throw new Error(`The Pod ${name} is not this installation's, or was removed as it started`)
      if (state.status === 'exited') return state
      if (state.status === 'running') {
        if (seal.collectedOf(pod)) continue
        const agent = followers.agentOf(pod)
        const begun = await agent?.begun(AbortSignal.timeout(5_000)).catch(() => undefined)
        if (begun?.begun) return state
        continue
      }
      const found = podProblem(pod)
      if (found?.blame === 'dead') {
        await driver.remove(spec.key.arn, spec.key.attempt)
        throw new Error(found.words)
      }
      trouble = found && { words: found.words, since: trouble?.since ?? Date.now() }
      if (trouble && Date.now() - trouble.since > PROBLEM_MS)
        throw new Error(`The Pod ${name} does not start: ${trouble.words}`)
      const notes = seal.notesOf(pod)
      if (!pod.status?.podIP || !notes) continue
      alone ??= Date.now()
      const peers = await peersOf(installation, notes, podNamed)
      if (!peers.complete && Date.now() - alone < PEERS_MS) continue
      complaint = await bring(pod, notes, spec, peers).then(
        () => undefined,
        (error: Error) => error,
      )
    }
    throw new Error(`The Pod ${name} has not begun: ${trouble?.words ?? complaint?.message ?? 'it is not known why'}`)
  }

  /** Why no Pod can be made. */
  const refusalOf = async (spec: ContainerSpec): Promise<string | undefined> => {
    const { entrypoint = [], command = [] } = images.programOf(spec.image) ?? {}
    if ([...(spec.entrypoint ?? entrypoint), ...(spec.command ?? command)].length === 0)
      return 'no command specified: neither the image nor the job names a program'
    const gpus = spec.limits.gpus > 0 ? (await driver.info()).gpus : 0
    if (spec.limits.gpus > gpus) return `${spec.limits.gpus} GPUs are needed, and the largest node offers ${gpus}.`
    return mountRefusal(spec.mounts)
  }

  const removePod = async (pod: Pod): Promise<void> => {
    const { name } = pod.metadata
    await client.find('PATCH', `${pods}/${name}`, {
      ...{ body: { metadata: { finalizers: null } }, contentType: 'application/merge-patch+json' },
    })
    await client.find('DELETE', `${pods}/${name}`, { query: { gracePeriodSeconds: '1' } })
    for (const end = Date.now() + REMOVAL_MS; Date.now() < end; await sleep(LOOK_MS)) {
      const now = await podNamed(name)
      if (!now || now.metadata.uid !== pod.metadata.uid) return
    }
    throw new Error(`The Pod ${name} is still there, ${REMOVAL_MS / 1000} seconds after it was deleted`)
  }

  const driver: KubernetesDriver = {
    info: () => clusterInfo(client, place),
    async proveIsolation() {
      const arns = (await podsOf()).flatMap(pod => podKey(installation, pod)?.arn ?? [])
      for (const arn of new Set(arns)) if (isStrayProbe(arn)) await driver.remove(arn)
      return proveIsolation(driver, options.shownFiles)
    },
    ensureImage: async source => (await images.serve(source)).reference,
    observe,
    async peakMemory(key) {
      const pod = await podNamed(nameOf(key))
      if (!pod || stateOf(pod)?.status !== 'running') return undefined
      return followers.agentOf(pod)?.peak()
    },
    start(spec) {
      const name = nameOf(spec.key)
      const environment = { ...(spec.door !== undefined && options.doorEnvironment), ...spec.environment }
      const running =
        starting.get(name) ?? createAndStart({ ...spec, environment }).finally(() => starting.delete(name))
      starting.set(name, running)
      return running
    },
    list: async arn => (await podsOf(arn)).flatMap(pod => stateOf(pod) ?? []),
    async stop(key, graceSeconds) {
      const pod = await podNamed(nameOf(key))
      if (!pod || stateOf(pod)?.status !== 'running') return
      await followers.agentOf(pod)?.stop(graceSeconds)
    },
    async remove(arn, attempt) {
      const unwanted = await podsOf(arn, attempt)
      // Hosts of a job know each other by address: none runs on when the first of these is free for another Pod.
      await Promise.all(unwanted.map(followers.leave))
      await Promise.all(unwanted.map(removePod))
      await client.call('DELETE', secrets, { query: { labelSelector: podSelector(installation, arn, attempt) } })
    },
    logs: (key, cursor, signal) =>
      podLogs({ name: nameOf(key), podNamed, agentOf: followers.agentOf, observe: () => observe(key) }, cursor, signal),
    events: signal => podEvents(client, installation, signal),
    close: async () => {
      followers.close()
      await client.close()
    },
  }
  return driver
}

/** Another server, or this one before a crash, was first. */
const once = (making: Promise<unknown>): Promise<unknown> =>
  making.catch(error => {
    if (!(error instanceof KubeError && error.reason === 'AlreadyExists')) throw error
  })
