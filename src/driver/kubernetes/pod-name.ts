import { namePart, shortHash } from '../container-identity.ts'
import type { ContainerKey } from '../driver.ts'

/** Labels select, and the values of labels are short; annotations hold the same in full. */
export const POD_LABEL = {
  installation: 'modelmart/installation',
  workload: 'modelmart/workload',
  attempt: 'modelmart/attempt',
} as const

/** Whoever may change Pods may change these: what they say beside the seal of `pod-notes.ts` has to fit the Pod's name. */
export const POD_NOTE = {
  installation: 'modelmart/installation-name',
  arn: 'modelmart/arn',
  host: 'modelmart/host',
  /** What the server keeps there for itself. */
  notes: 'modelmart/notes',
  /** Set when its output has been read to the end and its files are back. */
  collected: 'modelmart/collected',
} as const

/** Of RFC 1123; the host name of a Pod has to be one too. */
const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const LONGEST_HOST = 24

/** The name of a host as Kubernetes takes one; two hosts that differ in capitals only stay two. */
export const hostLabel = (host: string): string =>
  DNS_LABEL.test(host) ? host : `host-${shortHash(namePart(host, 'host'), 12)}`

/** Follows from installation, ARN, attempt and host alone, so that whoever makes the Pod a second time meets the first. A DNS label. */
export const podName = (installation: string, { arn, attempt, host }: ContainerKey): string => {
  const label = hostLabel(host)
  const last = label.length > LONGEST_HOST ? shortHash(label, LONGEST_HOST) : label
  return `mm-${shortHash(namePart(installation, 'installation'), 8)}-${shortHash(arn, 16)}-${attempt}-${last}`
}

export const podLabels = (installation: string, { arn, attempt }: ContainerKey) => ({
  [POD_LABEL.installation]: shortHash(installation, 16),
  [POD_LABEL.workload]: shortHash(arn, 32),
  [POD_LABEL.attempt]: String(attempt),
})

/** Selects the Pods of an installation, of one workload of it, or of one attempt at that. */
export const podSelector = (installation: string, arn?: string, attempt?: number): string =>
  [
    `${POD_LABEL.installation}=${shortHash(installation, 16)}`,
    ...(arn === undefined ? [] : [`${POD_LABEL.workload}=${shortHash(arn, 32)}`]),
    ...(attempt === undefined ? [] : [`${POD_LABEL.attempt}=${attempt}`]),
  ].join(',')

export interface NamedPod {
  readonly metadata: {
    readonly name: string
    readonly uid?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** The key that a Pod was made for; undefined for another installation's and for what only looks like one of ours. */
export const podKey = (installation: string, { metadata }: NamedPod): ContainerKey | undefined => {
  const { [POD_NOTE.installation]: owner, [POD_NOTE.arn]: arn, [POD_NOTE.host]: host } = metadata.annotations ?? {}
  const attempt = metadata.labels?.[POD_LABEL.attempt]
  if (owner !== installation || !arn || !host || !attempt) return undefined
  const key = { arn, attempt: Number(attempt), host }
  return metadata.name === podName(installation, key) ? key : undefined
}
