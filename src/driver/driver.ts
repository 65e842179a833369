/** Names one container of one workload. `attempt` grows when a workload is started anew; `host` is SageMaker's `algo-1`…`algo-N`. */
export interface ContainerKey {
  readonly arn: string
  readonly attempt: number
  readonly host: string
}

export interface Mount {
  /** Absolute path on the machine that runs the server. */
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
}

/** What the kernel names as the device of a mount's source that is kept in memory, since it may lie on no disk in clear. */
export const MEMORY_VOLUME = 'modelmart'

/** Upper bounds, enforced by the engine. `cpus` in cores (fractions allowed), sizes in bytes. */
export interface Limits {
  readonly cpus: number
  readonly memoryBytes: number
  readonly sharedMemoryBytes: number
  readonly pids: number
  readonly gpus: number
  /** What it may write outside its mounts; whoever writes more is killed. No bound when absent. */
  readonly diskBytes?: number
  /** What its mounts may hold, where an engine has them elsewhere than this machine, whose volumes stop by themselves. */
  readonly volumeBytes?: number
}

/**
 * `none`: no interface but loopback. `internal`: a network that holds only the containers that name it;
 * the host may open connections in, containers may open none out, and no DNS answers.
 */
export type Network = { readonly kind: 'none' } | { readonly kind: 'internal'; readonly name: string }

export interface ContainerSpec {
  readonly key: ContainerKey
  /** What `ensureImage` returned. */
  readonly image: string
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly mounts: readonly Mount[]
  readonly network: Network
  /**
   * Peers of the same network by name; written to the container's hosts file. Every container of the network names the same
   * set, in any order, with or without itself: the set gives each its address before it exists.
   */
  readonly peers?: readonly string[]
  /**
   * ARN of the role as whom the container may ask the platform: somebody listens on its own loopback, at `DOOR`, before its program
   * starts and as long as it runs. Nobody listens there when absent. It is no way through any network.
   */
  readonly door?: string
  readonly limits: Limits
  /**
   * Nobody waits for each of its answers: where processors are short it has a quarter of what another container of this machine has. On a
   * cluster a Pod has what it asked for.
   */
  readonly givesWay?: boolean
  /** Containers that name the same instance of a workload share its GPUs; the key's host when absent. */
  readonly instance?: string
}

/** `created`: not started yet, or not by an engine that remembers; `start` it. `exited`: for good. */
export type ContainerStatus = 'created' | 'running' | 'exited'

export interface ContainerState {
  readonly key: ContainerKey
  readonly status: ContainerStatus
  /** Set once exited; 128 + n when signal n ended it. */
  readonly exitCode?: number
  readonly outOfMemory?: boolean
  /** Its `diskBytes` or `volumeBytes`, when it was killed for writing more. */
  readonly outOfDisk?: number
  /** The engine was started anew while the container ran, and ended it: neither its own doing nor that of anyone who asked. */
  readonly endedByEngine?: true
  /** Why what it has written cannot be kept, where files come from elsewhere; its exit code is no 0 then. */
  readonly filesRefused?: string
  /** The engine's own word when the container could not be started or died by the engine's hand. */
  readonly engineError?: string
  readonly startedAt?: Date
  readonly finishedAt?: Date
  /** Where the host reaches the container, on an internal network. */
  readonly address?: string
}

/**
 * One line of a container's output, without its line end. `cursor` resumes after this very line; it grows within a container,
 * compared as a string. A line of more than 1 MiB comes in pieces.
 */
export interface LogLine {
  readonly time: Date
  readonly stream: 'stdout' | 'stderr'
  readonly text: string
  readonly cursor: string
}

export interface ImageBlob {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  open(): NodeJS.ReadableStream
}

/** An image as the registry holds it; layers in order, gzip, zstd or plain tar as their media types say. */
export interface ImageSource {
  /** Manifest digest, `sha256:…`. */
  readonly digest: string
  readonly config: ImageBlob
  readonly layers: readonly ImageBlob[]
}

export interface EngineInfo {
  readonly engine: 'docker' | 'podman' | 'kubernetes'
  readonly version: string
  readonly cpus: number
  readonly memoryBytes: number
  /** That containers can be given. */
  readonly gpus: number
  /** What all machines have to give, where the engine has several; the numbers above are then of the largest. */
  readonly together?: { readonly cpus: number; readonly memoryBytes: number; readonly gpus: number }
  /** Of the smallest of them; undefined where it cannot be told. */
  readonly gpuMemoryBytes?: number
  /** Why containers are given none of the GPUs that the machine has. */
  readonly gpuProblem?: string
}

/** What came of the probe container that tries to get out. `escaped` lists the attempts that succeeded, in words. */
export interface IsolationReport {
  readonly isolated: boolean
  readonly escaped: readonly string[]
}

/**
 * Runs workloads. Everything is idempotent by key, so that a reconciler may repeat any call after a crash.
 * Containers carry labels with the installation, ARN, attempt and host; a driver touches no others.
 */
export interface Driver {
  info(): Promise<EngineInfo>

  /** Starts a probe container as seller code would run and tries to leave it. */
  proveIsolation(): Promise<IsolationReport>

  /**
   * Makes the image known to the engine, once per digest, and returns its reference: its layers and what runs its program, nothing
   * else of its configuration. Throws ImageFault for what the image is to blame for.
   */
  ensureImage(source: ImageSource): Promise<string>

  /**
   * Creates and starts the container, or adopts the one that has this key, which is then not started again. Creates its network
   * when absent. What the image or the specification is to blame for (no such program, wrong user) is a state
   * `exited` with `engineError`; throws only when the engine is, and then it is worth a retry.
   */
  start(spec: ContainerSpec): Promise<ContainerState>

  /** The container as the engine sees it now; undefined when it has none by this key. */
  observe(key: ContainerKey): Promise<ContainerState | undefined>

  /** The most bytes of memory that a running container has held at a time; undefined where that cannot be told. */
  peakMemory(key: ContainerKey): Promise<number | undefined>

  /** Every container of this installation, or of one workload. */
  list(arn?: string): Promise<ContainerState[]>

  /** SIGTERM, then SIGKILL after the grace, in seconds. Returns at once; the exit is an event. */
  stop(key: ContainerKey, graceSeconds: number): Promise<void>

  /** Removes the containers and the network of a workload, killing what still runs; only one attempt's containers when given. No error when absent. */
  remove(arn: string, attempt?: number): Promise<void>

  /**
   * The container's output after `cursor`, in order, ending when the container has ended or the signal aborts. Throws when there is
   * no such container, or the engine went away: call again with the last cursor.
   */
  logs(key: ContainerKey, cursor: string | undefined, signal: AbortSignal): AsyncIterable<LogLine>

  /**
   * ARNs whose containers changed state, as the engine tells it. Reconnects by itself; yields `undefined` when it has connected,
   * the first time too: anything may have changed before.
   */
  events(signal: AbortSignal): AsyncIterable<string | undefined>
}
