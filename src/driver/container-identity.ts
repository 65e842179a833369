import { createHash } from 'node:crypto'
import type { ContainerKey } from './driver.ts'

/** Labels that tie a container or network to its installation and workload. */
export const LABEL = {
  installation: 'modelmart.installation',
  arn: 'modelmart.arn',
  attempt: 'modelmart.attempt',
  host: 'modelmart.host',
  /** How many bytes the container may write outside its mounts. */
  disk: 'modelmart.disk',
  /** The GPUs that a container was given, `0,1`, and the instance that it is of. */
  gpus: 'modelmart.gpus',
  instance: 'modelmart.instance',
  /** ARN of the role as whom a container asks the platform; on the holder of its network. */
  door: 'modelmart.door',
} as const

export type Labels = Readonly<Record<string, string>>

const NAME_PART = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/

/** The part as it is, when the engines take it within a name; throws otherwise, for two keys must never meet in one name. */
export const namePart = (part: string, what: string): string => {
  if (NAME_PART.test(part)) return part
  throw new Error(`Not usable as ${what} of a container: ${JSON.stringify(part)}. It must match ${NAME_PART}`)
}

export const shortHash = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, length)

export const containerName = (installation: string, key: ContainerKey): string =>
  `modelmart-${installation}-${shortHash(key.arn, 20)}-${key.attempt}-${namePart(key.host, 'host')}`

/** Of the container that holds another's network from before it starts. No host's name has a dot. */
export const holderName = (installation: string, key: ContainerKey): string =>
  `${containerName(installation, key)}.door`

export const keyLabels = (installation: string, key: ContainerKey): Labels => ({
  [LABEL.installation]: installation,
  [LABEL.arn]: key.arn,
  [LABEL.attempt]: String(key.attempt),
  [LABEL.host]: key.host,
})

/**
 * The key that the labels spell; undefined when they are another installation's or nobody's. A container inherits the labels of
 * its image, so one that somebody else has started from an image with labels like ours is known by its name, which does not fit.
 */
export const keyOf = (
  installation: string,
  name: string | undefined,
  labels: Labels | null | undefined,
): ContainerKey | undefined => {
  const key = labelledKey(installation, labels)
  return key && name?.replace(/^\//, '') === containerName(installation, key) ? key : undefined
}

/** Whether this is the holder of the network of one of this installation's containers. */
export const isHolder = (installation: string, name: string, labels: Labels | null | undefined): boolean => {
  const key = labelledKey(installation, labels)
  return key !== undefined && name.replace(/^\//, '') === holderName(installation, key)
}

/** The ARN that a container works for, or holds a network for. */
export const workloadOf = (
  installation: string,
  name: string | undefined,
  labels: Labels | null | undefined,
): string | undefined =>
  isHolder(installation, name ?? '', labels)
    ? labelledKey(installation, labels)?.arn
    : keyOf(installation, name, labels)?.arn

const labelledKey = (installation: string, labels: Labels | null | undefined): ContainerKey | undefined => {
  const { [LABEL.installation]: owner, [LABEL.arn]: arn, [LABEL.attempt]: attempt, [LABEL.host]: host } = labels ?? {}
  if (owner !== installation || !arn || !attempt || !host || !NAME_PART.test(host)) return undefined
  return { arn, attempt: Number(attempt), host }
}

/** A filter for lists and events: things of this installation, of one workload of it, or of one attempt at that. */
export const labelFilter = (installation: string, arn?: string, attempt?: number): string[] => [
  `${LABEL.installation}=${installation}`,
  ...(arn === undefined ? [] : [`${LABEL.arn}=${arn}`]),
  ...(attempt === undefined ? [] : [`${LABEL.attempt}=${attempt}`]),
]
