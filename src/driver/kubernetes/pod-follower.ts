import type { Socket } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OnVisit } from '../container-door.ts'
import type { ContainerKey } from '../driver.ts'
import { type AgentClient, createAgentClient } from './agent-client.ts'
import { podSecret } from './agent-wire.ts'
import { bringBack, isFull, removeGone } from './mount-transfer.ts'
import { FilesRefused } from './own-tree.ts'
import type { Collected, PodNotes, PodSeal } from './pod-notes.ts'
import { hostsFile, peersOf } from './pod-peers.ts'
import { AGENT, MAIN } from './pod-state.ts'
import type { Pod } from './pod-types.ts'

export interface FollowerOptions {
  readonly installation: string
  readonly secret: Buffer
  readonly seal: PodSeal
  /** Nothing of a Pod is written elsewhere, and nothing elsewhere is looked at. */
  readonly work: string
  readonly onVisit: OnVisit
  readonly onError: (error: Error) => void
  podNamed(name: string): Promise<Pod | undefined>
  note(pod: Pod, what: Collected): Promise<void>
}

const BRING_MS = 3_000
/** While nothing is known to have happened. */
const LOOK_MS = 2_000
const AGAIN_MS = 200
const BROKEN_MS = 60_000
/** Visitors that come at the same moment. */
const VISITORS = 4

interface Follower {
  readonly uid: string | undefined
  readonly agent: AgentClient
  readonly abort: AbortController
  /** Until it is time to look again, or somebody has seen that the program has ended. */
  pause(): Promise<void>
  wake(): void
}

/** What goes on for each Pod that this server has looked at: its door is answered, what it writes is brought back, its end is collected. */
export const createPodFollowers = (options: FollowerOptions) => {
  const { installation, secret, seal, work, onVisit, onError, podNamed, note } = options
  const followers = new Map<string, Follower>()
  let closed = false

  const followerOf = (pod: Pod): Follower | undefined => {
    const { name, uid } = pod.metadata
    const known = followers.get(name)
    if (known?.uid === uid) return known
    known?.abort.abort()
    const [address, notes] = [pod.status?.podIP, seal.notesOf(pod)]
    if (!address || !notes || closed) return undefined
    const abort = new AbortController()
    const agent = createAgentClient({ address, podName: name, key: podSecret(secret, 'agent', name) })
    const follower: Follower = { uid, agent, abort, ...createPause(abort.signal) }
    followers.set(name, follower)
    if (seal.collectedOf(pod) === undefined) {
      void bring(pod, notes, follower).catch(error => abort.signal.aborted || onError(error as Error))
      if (notes.door !== undefined) for (let n = 0; n < VISITORS; n++) void answerDoor(notes.key, notes.door, follower)
    }
    return follower
  }

  const answerDoor = async (key: ContainerKey, role: string, follower: Follower): Promise<void> => {
    const { signal } = follower.abort
    while (!signal.aborted) {
      try {
        onVisit({ key, role }, (await follower.agent.visitor(signal)) as Socket)
      } catch {
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  /** Tells a Pod of the other hosts of its job when it is not as it was `told`; resolves with what it is told now. */
  const meet = async (pod: Pod, notes: PodNotes, agent: AgentClient, told: string): Promise<string> => {
    if (notes.peers === undefined) return told
    const peers = await peersOf(installation, notes, podNamed)
    const hosts = hostsFile(notes, pod, peers)
    const now = JSON.stringify([hosts, peers.admitted])
    if (now !== told) await agent.peers(hosts, peers.admitted)
    return now
  }

  /** Brings back what a program writes, until it has ended and all is here, which is then noted. */
  const bring = async (first: Pod, notes: PodNotes, follower: Follower): Promise<void> => {
    const {
      agent,
      abort: { signal },
    } = follower
    const { name, uid } = first.metadata
    // Of a server that had its files elsewhere; those of earlier versions are whole paths.
    const mounts = notes.brings.map(mount => ({ ...mount, source: resolve(work, mount.source) }))
    const marks = new Map<number, number>()
    let brought = 0
    let told = ''
    let brokenSince: number | undefined
    const clear = async () => {
      for (const mount of mounts) await removeGone(agent, work, mount)
    }
    const bringAll = async () => {
      for (const mount of mounts)
        marks.set(mount.index, await bringBack(agent, work, mount, marks.get(mount.index) ?? 0, notes))
      brought = Date.now()
    }
    // What is gone from the Pod makes room for what has come.
    const pass = () =>
      bringAll().catch(async error => {
        if (!isFull(error)) throw error
        await clear()
        await bringAll()
      })
    /** Why what is there cannot be kept; throws when it may be the next time. */
    const last = async (): Promise<string | undefined> => {
      try {
        await pass()
        await clear()
        return undefined
      } catch (error) {
        if (error instanceof FilesRefused) return error.message
        throw error
      }
    }
    for (; !signal.aborted; await follower.pause()) {
      const pod = await podNamed(name).catch(() => first)
      if (!pod || pod.metadata.uid !== uid) return
      const main = statusOf(pod, MAIN)?.state
      const isOver = main?.terminated !== undefined
      // Of a Pod that is being deleted the kubelet tells nothing before all of it has ended, which waits for us.
      const isDeleted = pod.metadata.deletionTimestamp !== undefined
      if (!isOver && agentIsGone(pod)) return note(pod, { lost: true })
      try {
        if (main?.running) told = await meet(pod, notes, agent, told)
        if (main?.running && mounts.length > 0 && Date.now() - brought > BRING_MS) await pass()
        if (!isOver && !isDeleted) {
          brokenSince = undefined
          continue
        }
        const { ended, unstarted } = await agent.status()
        if (!ended) continue
        const refused = await last()
        await note(pod, unstarted ? { unstarted: refusal(pod, unstarted) } : refused ? { refused } : {})
        return void (await agent.collected(isDeleted).catch(() => undefined))
      } catch (error) {
        if (signal.aborted) return
        if (agentIsGone(pod)) return note(pod, { lost: true })
        // What broke is asked again.
        brokenSince ??= Date.now()
        if (Date.now() - brokenSince < BROKEN_MS) continue
        brokenSince = undefined
        onError(error as Error)
      }
    }
  }

  return {
    follow(pod: Pod): void {
      const follower = followerOf(pod)
      if (statusOf(pod, MAIN)?.state?.terminated) follower?.wake()
    },
    agentOf: (pod: Pod): AgentClient | undefined => followerOf(pod)?.agent,
    /** Whether a Pod that has ended may have something still. */
    isOwed: (pod: Pod): boolean => pod.status?.podIP !== undefined && !agentIsGone(pod),
    async leave(pod: Pod): Promise<void> {
      const follower = followerOf(pod)
      follower?.abort.abort()
      await follower?.agent.release().catch(() => undefined)
      await follower?.agent.stop(0).catch(() => undefined)
      follower?.agent.close()
      followers.delete(pod.metadata.name)
    },
    close(): void {
      closed = true
      for (const { abort, agent } of followers.values()) {
        abort.abort()
        agent.close()
      }
    },
  }
}

/** One that is woken looks again at once, and then soon, since what has ended takes a moment to be whole. */
const createPause = (signal: AbortSignal) => {
  let woken = Promise.withResolvers<void>()
  let isSoon = false
  return {
    wake() {
      isSoon = true
      woken.resolve()
    },
    async pause() {
      const pausing = new AbortController()
      const ends = AbortSignal.any([signal, pausing.signal])
      const slept = sleep(isSoon ? AGAIN_MS : LOOK_MS, undefined, { signal: ends }).catch(() => undefined)
      await (isSoon ? slept : Promise.race([slept, woken.promise]))
      pausing.abort()
      if (!isSoon) woken = Promise.withResolvers()
    },
  }
}

const statusOf = ({ status }: Pod, name: string) =>
  [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(one => one.name === name)

/** It has ended for good, with all that it had. */
const agentIsGone = (pod: Pod): boolean =>
  /^(Failed|Succeeded)$/.test(pod.status?.phase ?? '') && statusOf(pod, AGENT)?.state?.running === undefined

const refusal = (pod: Pod, code: number): string =>
  `exec: ${JSON.stringify(pod.spec?.containers?.[0]?.args?.[0] ?? '')}: ${code === 126 ? 'permission denied' : 'no such file or directory'}`
