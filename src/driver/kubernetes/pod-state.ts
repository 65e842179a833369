import { failedStart, isWorkloadFault } from '../container-state.ts'
import type { ContainerKey, ContainerState } from '../driver.ts'
import { UNCLOSED } from './close-network.ts'
import { podAddress } from './pod-address.ts'
import { podKey } from './pod-name.ts'
import type { PodNotes } from './pod-notes.ts'
import type { ContainerStatus, Pod, Terminated } from './pod-types.ts'

/** Names of the containers of a Pod of ours. */
export const CLOSER = 'close-network'
export const AGENT = 'agent'
export const MAIN = 'main'

/**
 * What keeps a Pod from running its program, in words. `workload`: its image or specification is to blame, for good. `cluster`: the
 * cluster is, and it may be mended. `dead`: as `cluster`, but this Pod will never run.
 */
export interface PodProblem {
  readonly blame: 'workload' | 'cluster' | 'dead'
  readonly words: string
}

/**
 * The state of a Pod's program; undefined for another installation's. One whose notes are not the server's is nobody's word any more. The Pod's own reason is read before its container's state, which
 * says "Completed" of what was ended by a deadline, and nothing at all of what was evicted.
 */
export const podState = (installation: string, pod: Pod, notes: PodNotes | undefined): ContainerState | undefined => {
  const key = podKey(installation, pod)
  if (!key) return undefined
  if (!notes) return { key, status: 'exited', ...KILLED, endedByEngine: true, engineError: UNSEALED }
  const main = statusOf(pod, MAIN)
  const running = main?.state?.running
  const end = endOf(key, pod, main, notes)
  const address = notes.network === 'internal' ? podAddress(pod) : undefined
  if (end) return { ...end, ...(address && { address }) }
  const problem = podProblem(pod)
  if (problem?.blame === 'workload') return failedStart(key, problem.words)
  return {
    key,
    status: running ? 'running' : 'created',
    ...dated('startedAt', running?.startedAt),
    ...(address && { address }),
  }
}

/** Its program does nothing any more. */
export const hasEnded = (pod: Pod): boolean =>
  statusOf(pod, MAIN)?.state?.terminated !== undefined || /^(Failed|Succeeded)$/.test(pod.status?.phase ?? '')

const statusOf = ({ status }: Pod, name: string): ContainerStatus | undefined =>
  [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find(one => one.name === name)

const KILLED = { exitCode: 137, outOfMemory: false }
const UNSEALED = 'What the server had noted of the Pod was changed by somebody else.'

const endOf = (
  key: ContainerKey,
  pod: Pod,
  main: ContainerStatus | undefined,
  notes: PodNotes,
): ContainerState | undefined => {
  const terminated = main?.state?.terminated ?? main?.lastState?.terminated
  const byCluster = endByCluster(pod, terminated, notes)
  if (byCluster) return { key, status: 'exited', ...times(terminated, pod), ...byCluster }
  if (!terminated) return undefined
  if (terminated.reason === 'StartError' || terminated.reason === 'ContainerCannotRun')
    return { ...failedStart(key, terminated.message ?? terminated.reason), ...times(undefined, pod) }
  return {
    key,
    status: 'exited',
    exitCode: exitCodeOf(terminated),
    outOfMemory: terminated.reason === 'OOMKilled',
    ...times(terminated, pod),
  }
}

const exitCodeOf = ({ exitCode, signal }: Terminated): number => (signal ? 128 + signal : exitCode)

/** Of Kubernetes 1.34: `kubelet/eviction/helpers.go` and what takes Pods off nodes. */
const LOCAL_STORAGE = /ephemeral local storage|local ephemeral storage/i
const VOLUME = /Usage of EmptyDir volume "mounts"/
const NODE_WENT =
  /^(NodeLost|NodeShutdown|Terminated|Shutdown|Preempting|Preempted|NodeAffinity|UnexpectedAdmissionError)$/

const endByCluster = (
  { metadata, status }: Pod,
  terminated: Terminated | undefined,
  { diskBytes, volumeBytes }: PodNotes,
): Partial<ContainerState> | undefined => {
  const { reason = '', message = '', phase } = status ?? {}
  const words = [reason, message].filter(Boolean).join(': ')
  if (reason === 'Evicted') {
    if (VOLUME.test(message) && volumeBytes) return { ...KILLED, outOfDisk: volumeBytes }
    if (LOCAL_STORAGE.test(message) && diskBytes) return { ...KILLED, outOfDisk: diskBytes }
    return { ...KILLED, endedByEngine: true, engineError: words }
  }
  if (reason === 'DeadlineExceeded') return { ...KILLED, engineError: words }
  if (NODE_WENT.test(reason)) return { ...KILLED, endedByEngine: true, engineError: words }
  if (terminated && wasDeletedBefore(metadata, terminated))
    return { ...KILLED, endedByEngine: true, engineError: 'The Pod was deleted while its program ran.' }
  const disrupted = status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True')
  if (disrupted && (terminated || phase === 'Failed'))
    return {
      ...{ ...KILLED, endedByEngine: true },
      engineError: [disrupted.reason, disrupted.message].filter(Boolean).join(': '),
    }
  // The node has come back, and its runtime knows nothing of the container any more.
  if (terminated?.reason === 'ContainerStatusUnknown')
    return { ...KILLED, endedByEngine: true, engineError: terminated.message ?? terminated.reason }
  return undefined
}

/** Somebody has asked the cluster for the Pod's end; the time that it notes is that of the end of the grace. */
const wasDeletedBefore = (
  { deletionTimestamp, deletionGracePeriodSeconds = 0 }: Pod['metadata'],
  { finishedAt }: Terminated,
): boolean =>
  deletionTimestamp !== undefined &&
  Date.parse(finishedAt ?? '') >= Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000

/** Kubernetes tells time by the second. */
const times = (terminated: Terminated | undefined, { status }: Pod): Partial<ContainerState> => {
  const startedAt = terminated?.startedAt
  const change = status?.conditions?.map(({ lastTransitionTime }) => lastTransitionTime ?? '').sort()
  const finishedAt = terminated?.finishedAt ?? change?.at(-1)
  return {
    ...dated('startedAt', startedAt),
    ...dated('finishedAt', finishedAt),
  }
}

/** Nothing where it is no time. */
const dated = (name: 'startedAt' | 'finishedAt', text: string | null | undefined): Partial<ContainerState> =>
  text && Number.isFinite(Date.parse(text)) ? { [name]: new Date(text) } : {}

const PULLING = /^(ErrImagePull|ImagePullBackOff|ErrImageNeverPull|RegistryUnavailable|ImageInspectError)$/
const BAD_NAME = /^InvalidImageName$/
const BAD_SPECIFICATION = /^CreateContainerConfigError$/
const NOT_STARTED = /^(CreateContainerError|RunContainerError|PreCreateHookError|PreStartHookError)$/
/** Of containerd and CRI-O, for layers that are not what they should be. */
const BAD_LAYERS = /failed to (extract|unpack|apply) layer|unexpected EOF|invalid tar header|wrong diff ?id|mismatched/i

/** Why a Pod does not run its program yet or at all; undefined while there is no reason. The agent's own failures are the cluster's. */
export const podProblem = (pod: Pod): PodProblem | undefined => {
  const { status } = pod
  const [closer, broken] = [CLOSER, AGENT].map(name => lastEnd(statusOf(pod, name)))
  const open = closer?.exitCode ? closer : broken?.exitCode === UNCLOSED ? broken : undefined
  if (open) return dead(`the network of the Pod could not be proven closed: ${said(open)}`)
  const unscheduled = status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False')
  if (unscheduled) return cluster(`no node takes the Pod: ${unscheduled.message ?? unscheduled.reason}`)
  for (const name of [CLOSER, AGENT]) {
    const waiting = statusOf(pod, name)?.state?.waiting
    if (waiting && isFailure(waiting.reason)) return cluster(`the Pod's ${name} does not start: ${said(waiting)}`)
  }
  const waiting = statusOf(pod, MAIN)?.state?.waiting
  if (broken && broken.exitCode !== 0 && !statusOf(pod, MAIN)?.state?.running && status?.phase !== 'Succeeded')
    return {
      blame: status?.phase === 'Failed' ? 'dead' : 'cluster',
      words: `the Pod's agent has ended: ${said(broken)}`,
    }
  if (!waiting?.reason) return undefined
  return mainProblem(waiting.reason, said(waiting))
}

const lastEnd = (one: ContainerStatus | undefined): Terminated | undefined =>
  one?.state?.terminated ?? one?.lastState?.terminated

const mainProblem = (reason: string, words: string): PodProblem | undefined => {
  if (BAD_NAME.test(reason) || BAD_SPECIFICATION.test(reason)) return { blame: 'workload', words }
  if (PULLING.test(reason)) return { blame: BAD_LAYERS.test(words) ? 'workload' : 'cluster', words }
  if (NOT_STARTED.test(reason)) return { blame: isWorkloadFault(words) ? 'workload' : 'cluster', words }
  return undefined
}

const isFailure = (reason = ''): boolean =>
  [PULLING, BAD_NAME, BAD_SPECIFICATION, NOT_STARTED, /^CrashLoopBackOff$/].some(words => words.test(reason))

const cluster = (words: string): PodProblem => ({ blame: 'cluster', words })
const dead = (words: string): PodProblem => ({ blame: 'dead', words })

const said = ({ reason, message }: { readonly reason?: string; readonly message?: string }): string =>
  [reason, message?.trim()].filter(Boolean).join(': ')
