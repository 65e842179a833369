import { createHmac, timingSafeEqual } from 'node:crypto'
import type { ContainerKey, Network } from '../driver.ts'
import { type NamedPod, POD_NOTE } from './pod-name.ts'

export type MountKind = 'directory' | 'file'

/** A writable mount of a Pod, and where what is written there belongs. */
export interface BroughtMount {
  /** Of all mounts of the Pod. */
  readonly index: number
  /** From the directory of workloads, which another server may have at another place. */
  readonly source: string
  readonly kind: MountKind
}

/** What a server notes of a Pod that it makes, for whichever server comes after it. */
export interface PodNotes {
  readonly key: ContainerKey
  readonly network: Network['kind']
  /** Where what is written to its mounts belongs on the machine of whoever follows it. */
  readonly brings: readonly BroughtMount[]
  /** Of the network that it names, so that peers find each other. */
  readonly peers?: readonly string[]
  /** ARN of the role of the container's door. */
  readonly door?: string
  /** Bytes that it may write outside its mounts, and to them. */
  readonly diskBytes?: number
  readonly volumeBytes?: number
}

/** What is noted when a program's files are back, or when they never will be. */
export interface Collected {
  /** Why the program could not be begun. */
  readonly unstarted?: string
  /** Why its files cannot be kept. */
  readonly refused?: string
  readonly lost?: true
}

/** Notes as annotations. Nobody but servers that know the secret can make or change one, or move it to another Pod. */
export interface PodSeal {
  notes(podName: string, notes: PodNotes): Readonly<Record<string, string>>
  /** Undefined where there are none, and where somebody else has written them. */
  notesOf(pod: NamedPod): PodNotes | undefined
  /** Of this very Pod: one that is made again by the same name has nothing collected. */
  collected(pod: NamedPod, what: Collected): Readonly<Record<string, string>>
  collectedOf(pod: NamedPod): Collected | undefined
}

/**
 * Whoever may change Pods may change annotations, and what is noted here chooses files of the server's machine and the role of a
 * container. So it is sealed, `MAC JSON`, for one purpose and one Pod.
 */
export const createPodSeal = (secret: Buffer): PodSeal => {
  const key = createHmac('sha256', secret).update('notes of pods').digest()
  const macOf = (purpose: readonly string[], text: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([...purpose, text]))
      .digest('base64url')
  const seal = (purpose: readonly string[], content: unknown): string => {
    const text = JSON.stringify(content)
    return `${macOf(purpose, text)} ${text}`
  }
  const open = <T>(purpose: readonly string[], sealed = ''): T | undefined => {
    const at = sealed.indexOf(' ')
    const [given, text] = [Buffer.from(sealed.slice(0, Math.max(at, 0))), sealed.slice(at + 1)]
    const right = Buffer.from(macOf(purpose, text))
    return given.length === right.length && timingSafeEqual(given, right) ? (JSON.parse(text) as T) : undefined
  }
  const ended = ({ metadata }: NamedPod) => ['collected', metadata.name, metadata.uid ?? '']
  return {
    notes: (podName, notes) => ({ [POD_NOTE.notes]: seal(['notes', podName], notes) }),
    notesOf: ({ metadata }) => open(['notes', metadata.name], metadata.annotations?.[POD_NOTE.notes]),
    collected: (pod, what) => ({ [POD_NOTE.collected]: seal(ended(pod), what) }),
    collectedOf: pod => open(ended(pod), pod.metadata.annotations?.[POD_NOTE.collected]),
  }
}
