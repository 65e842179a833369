import { relative } from 'node:path'
import { CAPABILITIES } from '../container-config.ts'
import { namePart } from '../container-identity.ts'
import type { ContainerSpec, Mount } from '../driver.ts'
import { AGENT_DIRECTORY, GATE_PORT, KEY_DIRECTORY, KEY_FILE, MOUNTS_DIRECTORY, RUN_DIRECTORY } from './agent-wire.ts'
import { hostLabel, POD_NOTE, podLabels, podName } from './pod-name.ts'
import type { MountKind, PodSeal } from './pod-notes.ts'
import { AGENT, CLOSER, MAIN } from './pod-state.ts'
import type { Toleration } from './pod-types.ts'

/** What operators say of the Pods of their cluster. */
export interface PodPlace {
  readonly installation: string
  readonly namespace: string
  /** Image of Modelmart itself, which has the agent. */
  readonly agentImage: string
  /** Its program and first arguments, where the image does not have them: what `pod-agent` stands behind. */
  readonly agentProgram?: readonly string[]
  readonly nodeSelector?: Readonly<Record<string, string>>
  readonly tolerations?: readonly Toleration[]
  readonly runtimeClass?: string
  /** Of the device plugin; `nvidia.com/gpu` when absent. */
  readonly gpuResource?: string
  /** The nodes can run Pods in a user namespace of their own. */
  readonly userNamespaces?: boolean
  /** How much of its CPUs a Pod reserves, 0 to 1; all when absent, so that requests are the limits. */
  readonly cpuShare?: number
}

/** What is known of the workload besides its specification. */
export interface PodFacts {
  /** `HOST/NAME@sha256:…`, as the nodes pull it. */
  readonly image: string
  /** Of the image's configuration: what runs when the specification does not say. */
  readonly program: { readonly entrypoint?: readonly string[]; readonly command?: readonly string[] }
  /** Of the Secret with the key of the agent and what pulls the image. */
  readonly secret: string
  /** Of each mount of the specification, in order: whether its source is a directory or a file. */
  readonly mounts: readonly MountKind[]
  /** The directory of workloads, which what is written belongs in. */
  readonly work: string
  readonly seal: PodSeal
}

/**
 * How long an ended program's files wait for a server that is away: as long as computing them may take where nobody says otherwise, which is
 * what `MaxRuntimeInSeconds` is by default. Longer would hold its part of the node, GPUs too, for a server that may be gone for good.
 */
export const GRACE_SECONDS = 86_400
/** For a program whose Pod is deleted: Kubernetes' own. */
const STOP_SECONDS = 30
const MEBIBYTE = 1 << 20
/** Whoever writes to a volume without a bound of its own is bounded by the node's disk. */
const UNBOUNDED_BYTES = 2 ** 50

/** The place of a mount within the volume. */
export const mountPath = (index: number, { source }: Mount, kind: MountKind): string =>
  kind === 'directory' ? String(index) : `${index}/${source.split('/').at(-1)}`

/**
 * The Pod that runs a container: the agent closes the Pod's network and proves it, fills the mounts and holds the program back until it
 * has, then the program runs, held by what nothing of a cluster has to enforce. Pure.
 */
export const podOf = (place: PodPlace, spec: ContainerSpec, facts: PodFacts) => {
  const { key } = spec
  const program = [
    ...(spec.entrypoint ?? facts.program.entrypoint ?? []),
    // As engines have it: who says another entrypoint wants no arguments that were meant for the image's own.
    ...(spec.command ?? (spec.entrypoint ? [] : (facts.program.command ?? []))),
  ]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podName(place.installation, key),
      namespace: place.namespace,
      labels: podLabels(place.installation, key),
      annotations: notes(place, spec, facts),
      // Nobody's deletion takes the end along before it was read.
      finalizers: [END_READ],
    },
    spec: {
      ...frame(place),
      terminationGracePeriodSeconds: GRACE_SECONDS,
      hostname: hostLabel(key.host),
      imagePullSecrets: [{ name: facts.secret }],
      initContainers: [agent(place, spec)],
      containers: [main(place, spec, facts, program)],
      volumes: volumes(spec, facts),
    },
  }
}

/** A Pod that closes its network, proves it, and runs nothing. */
export const closingPod = (place: PodPlace, name: string) => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: { name, namespace: place.namespace },
  spec: {
    ...frame(place),
    initContainers: [closer(place)],
    containers: [{ ...closer(place), name: MAIN, securityContext: ours(place, MAIN, []).securityContext }],
  },
})

/** The finalizer of a Pod of ours. */
export const END_READ = 'modelmart/end-is-read'

const notes = (place: PodPlace, spec: ContainerSpec, { mounts, seal, work }: PodFacts): Record<string, string> => ({
  [POD_NOTE.installation]: place.installation,
  [POD_NOTE.arn]: spec.key.arn,
  [POD_NOTE.host]: namePart(spec.key.host, 'host'),
  ...seal.notes(podName(place.installation, spec.key), {
    ...{ key: spec.key, network: spec.network.kind },
    brings: spec.mounts.flatMap(({ source, readOnly }, index) =>
      readOnly ? [] : [{ index, source: relative(work, source), kind: mounts[index] as MountKind }],
    ),
    ...(spec.peers && { peers: spec.peers }),
    ...(spec.door !== undefined && { door: spec.door }),
    ...(spec.limits.diskBytes !== undefined && { diskBytes: spec.limits.diskBytes }),
    ...(spec.limits.volumeBytes !== undefined && { volumeBytes: spec.limits.volumeBytes }),
  }),
})

/** Where a Pod goes, and what of the cluster is kept from it. */
const frame = (place: PodPlace) => ({
  restartPolicy: 'Never',
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  dnsPolicy: 'None',
  dnsConfig: {
    nameservers: ['127.0.0.1'],
    options: [
      { name: 'timeout', value: '1' },
      { name: 'attempts', value: '1' },
    ],
  },
  securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  ...(place.userNamespaces && { hostUsers: false }),
  ...(place.runtimeClass && { runtimeClassName: place.runtimeClass }),
  ...(place.nodeSelector && { nodeSelector: place.nodeSelector }),
  ...(place.tolerations && { tolerations: place.tolerations }),
})

/** Ours may do what it is there for and nothing else. */
const ours = (place: PodPlace, name: string, capabilities: readonly string[]) => ({
  name,
  image: place.agentImage,
  ...(place.agentProgram && { command: place.agentProgram }),
  terminationMessagePolicy: 'FallbackToLogsOnError',
  securityContext: {
    runAsUser: 0,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: capabilities },
  },
})

const closer = (place: PodPlace) => ({
  ...ours(place, CLOSER, ['NET_ADMIN']),
  args: ['pod-agent', 'close'],
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { cpu: '1', memory: '256Mi' } },
})

const agent = (place: PodPlace, spec: ContainerSpec) => ({
  // The network, files of other users, the door's port, and who is a peer or the server.
  ...ours(place, AGENT, ['NET_ADMIN', 'NET_BIND_SERVICE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID']),
  args: [
    ...['pod-agent', 'serve', podName(place.installation, spec.key), String(spec.mounts.length)],
    ...(spec.door === undefined ? [] : ['door']),
  ],
  restartPolicy: 'Always',
  // It listens there when the program may begin.
  startupProbe: { tcpSocket: { port: GATE_PORT }, periodSeconds: 1, failureThreshold: GRACE_SECONDS },
  resources: {
    // The kubelet holds all volumes of a Pod to the sum of its containers' limits, which is the program's alone without this one.
    requests: { cpu: '10m', memory: '64Mi', 'ephemeral-storage': '0' },
    limits: { cpu: '1', memory: '512Mi', 'ephemeral-storage': String(UNBOUNDED_BYTES) },
  },
  volumeMounts: [
    { name: 'agent', mountPath: AGENT_DIRECTORY },
    { name: 'mounts', mountPath: MOUNTS_DIRECTORY },
    { name: 'key', mountPath: KEY_DIRECTORY, readOnly: true },
  ],
})

const main = (place: PodPlace, spec: ContainerSpec, facts: PodFacts, program: readonly string[]) => ({
  name: MAIN,
  image: facts.image,
  imagePullPolicy: 'IfNotPresent',
  command: [`${RUN_DIRECTORY}/confine`, `${RUN_DIRECTORY}/busybox`, 'sh', `${RUN_DIRECTORY}/run`],
  args: program.map(plain),
  env: Object.entries(spec.environment).map(([name, value]) => ({ name, value: plain(value) })),
  resources: resources(place, spec),
  // The first process of a container hears no SIGTERM that it does not wait for: whoever stands by the program is told.
  lifecycle: { preStop: { exec: { command: [`${RUN_DIRECTORY}/busybox`, 'sh', '-c', END] } } },
  securityContext: {
    privileged: false,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], add: CAPABILITIES },
  },
  volumeMounts: [
    { name: 'agent', mountPath: RUN_DIRECTORY, subPath: 'run', readOnly: true },
    { name: 'agent', mountPath: '/etc/hosts', subPath: 'hosts', readOnly: true },
    { name: 'shared-memory', mountPath: '/dev/shm' },
    ...spec.mounts.map((mount, index) => ({
      name: 'mounts',
      mountPath: mount.target,
      subPath: mountPath(index, mount, facts.mounts[index] as MountKind),
      readOnly: mount.readOnly,
    })),
  ],
})

const END = `echo TERM 1<>${RUN_DIRECTORY}/control; ${RUN_DIRECTORY}/busybox sleep ${STOP_SECONDS}; echo KILL 1<>${RUN_DIRECTORY}/control`

/** Kubernetes would put variables of its own where a text says `$(NAME)`. */
const plain = (text: string): string => text.replaceAll('$', '$$$$')

const resources = ({ gpuResource = 'nvidia.com/gpu', cpuShare = 1 }: PodPlace, { limits }: ContainerSpec) => {
  const same = {
    memory: String(limits.memoryBytes),
    ...(limits.gpus > 0 && { [gpuResource]: String(limits.gpus) }),
    ...(limits.diskBytes !== undefined && { 'ephemeral-storage': String(limits.diskBytes) }),
  }
  return {
    requests: { cpu: millis(limits.cpus * cpuShare), ...same },
    limits: { cpu: millis(limits.cpus), ...same },
  }
}

const millis = (cpus: number): string => `${Math.max(1, Math.round(cpus * 1000))}m`

const volumes = ({ limits }: ContainerSpec, { secret }: PodFacts) => [
  { name: 'agent', emptyDir: {} },
  {
    name: 'mounts',
    emptyDir: { ...(limits.volumeBytes !== undefined && { sizeLimit: String(limits.volumeBytes) }) },
  },
  { name: 'key', secret: { secretName: secret, defaultMode: 0o400, items: [{ key: KEY_FILE, path: KEY_FILE }] } },
  {
    name: 'shared-memory',
    emptyDir: { medium: 'Memory', sizeLimit: String(Math.max(MEBIBYTE, limits.sharedMemoryBytes)) },
  },
]
