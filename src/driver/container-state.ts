import { keyOf, type Labels } from './container-identity.ts'
import type { ContainerState, ContainerStatus } from './driver.ts'

/** What `GET /containers/{id}/json` tells, as far as it is used here. */
export interface InspectedContainer {
  readonly Id: string
  readonly Name: string
  /** Where the engine writes the container's output, on the engine's machine. */
  readonly LogPath: string
  readonly Config: { readonly Labels: Labels | null }
  readonly HostConfig: { readonly NetworkMode: string }
  /** Where the container's own layer is, on the engine's machine; not every way to store images tells. */
  readonly GraphDriver?: { readonly Data?: { readonly UpperDir?: string } | null }
  readonly State: {
    readonly Status: string
    readonly Running: boolean
    readonly Pid: number
    readonly ExitCode: number
    readonly OOMKilled: boolean
    readonly Error: string
    readonly StartedAt: string
    readonly FinishedAt: string
  }
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> | null }
}

/** Docker's words and Podman's; what is not named here has ended. */
const STATUS: Readonly<Record<string, ContainerStatus>> = {
  created: 'created',
  configured: 'created',
  initialized: 'created',
  running: 'running',
  paused: 'running',
  restarting: 'running',
  stopping: 'running',
}

/** The container's state; undefined when it belongs to somebody else. */
export const containerState = (installation: string, container: InspectedContainer): ContainerState | undefined => {
  const key = keyOf(installation, container.Name, container.Config.Labels)
  if (!key) return undefined
  const { Status, ExitCode, OOMKilled, Error: engineError, StartedAt, FinishedAt } = container.State
  const status = STATUS[Status] ?? 'exited'
  // Docker leaves a container that could not be started in `created`, with the reason.
  if (status === 'created' && isWorkloadFault(engineError)) return failedStart(key, engineError)
  const finishedAt = status === 'exited' ? dateOf(FinishedAt) : undefined
  const startedAt = dateOf(StartedAt)
  return {
    key,
    status,
    ...(status === 'exited' && { exitCode: ExitCode, outOfMemory: OOMKilled, finishedAt }),
    ...(engineError && { engineError }),
    // Docker notes that it has started one when it comes to it, which may be after the end of a quick program.
    startedAt: startedAt && finishedAt && finishedAt < startedAt ? finishedAt : startedAt,
    address: addressOf(container),
  }
}

export const addressOf = ({ NetworkSettings }: InspectedContainer): string | undefined =>
  Object.values(NetworkSettings.Networks ?? {}).find(({ IPAddress }) => IPAddress)?.IPAddress

/** A container that the engine could not bring to life because of what is in its image or its specification. */
export const failedStart = (key: ContainerState['key'], engineError: string): ContainerState => ({
  key,
  status: 'exited',
  exitCode: startExitCode(engineError),
  engineError,
})

const RUNTIME_WORDS =
  /OCI runtime|\brunc\b|\bcrun\b|unable to find user|no command (or entrypoint )?(specified|provided)/i
const ENGINE_WORDS = /rlimit|cgroup|final child's PID|\binit-p\b|bootstrap data|\/ns\/net\b/i

/**
 * Whether the runtime refused what it was asked to run, rather than the engine being unable to run anything:
 * the runtime's own errors are about the image (entrypoint, working directory, user, mount points), except for those
 * about limits, which this machine sets, and about its own first process or a network that ended meanwhile.
 */
export const isWorkloadFault = (reason: string): boolean => RUNTIME_WORDS.test(reason) && !ENGINE_WORDS.test(reason)

/** As shells and Docker number it: 127 not found, 126 found but not executable, 128 anything else. */
const startExitCode = (reason: string): number => {
  if (/not found|no such file or directory/i.test(reason)) return 127
  if (/permission denied|exec format|is a directory/i.test(reason)) return 126
  return 128
}

/** Engines write the year 1 for "not yet". */
const dateOf = (text: string): Date | undefined => (text.startsWith('0001-') ? undefined : new Date(text))
