import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerState } from '../driver.ts'
import { POD_NOTE, podLabels, podName } from './pod-name.ts'
import type { PodNotes } from './pod-notes.ts'
import { AGENT, CLOSER, hasEnded, MAIN, type PodProblem, podProblem, podState } from './pod-state.ts'
import type { ContainerStatus, Pod, PodStatus } from './pod-types.ts'

const key = { arn: 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/a', attempt: 1, host: 'algo-1' }
const [begun, ended] = ['2026-11-30T08:00:00Z', '2026-11-30T08:00:05Z']
const times = { startedAt: new Date(begun), finishedAt: new Date(ended) }

const pod = (status: PodStatus): Pod => ({
  metadata: {
    name: podName('one', key),
    labels: podLabels('one', key),
    annotations: {
      [POD_NOTE.installation]: 'one',
      [POD_NOTE.arn]: key.arn,
      [POD_NOTE.host]: key.host,
    },
  },
  status,
})
const noted: PodNotes = { key, network: 'internal', brings: [] }
const stateOf = (of: Pod, notes: Partial<PodNotes> = {}) => podState('one', of, { ...noted, ...notes })
const main = (state: ContainerStatus['state']): PodStatus => ({ containerStatuses: [{ name: MAIN, state }] })
const waiting = (reason: string, message?: string) => main({ waiting: { reason, message } })
const over = (exitCode: number, reason: string, more: object = {}) =>
  main({ terminated: { exitCode, reason, startedAt: begun, finishedAt: ended, ...more } })
const condition = (type: string, status: string, reason: string, message: string): PodStatus => ({
  conditions: [{ type, status, reason, message, lastTransitionTime: ended }],
})
const init = (name: string, state: ContainerStatus['state'], lastState?: ContainerStatus['lastState']): PodStatus => ({
  initContainerStatuses: [{ name, state, ...(lastState && { lastState }) }],
})

const killed = { status: 'exited', exitCode: 137, outOfMemory: false } as const
const states: readonly [what: string, status: PodStatus, state: Partial<ContainerState>, notes?: Partial<PodNotes>][] =
  [
    ['nothing is known of it', {}, { status: 'created' }],
    ['it waits for its node', { phase: 'Pending' }, { status: 'created' }],
    ['it waits for the agent', waiting('PodInitializing'), { status: 'created' }],
    ['it waits for its image', waiting('ErrImagePull', 'connection refused'), { status: 'created' }],
    [
      'it runs',
      { ...main({ running: { startedAt: begun } }), phase: 'Running', podIP: '10.0.0.9' },
      { status: 'running', startedAt: new Date(begun), address: '10.0.0.9' },
    ],
    [
      'it runs without a network',
      { ...main({ running: { startedAt: begun } }), podIP: '10.0.0.9' },
      { status: 'running', startedAt: new Date(begun) },
      { network: 'none' },
    ],
    ['it has done', over(0, 'Completed'), { status: 'exited', exitCode: 0, outOfMemory: false, ...times }],
    ['it has failed', over(7, 'Error'), { status: 'exited', exitCode: 7, outOfMemory: false, ...times }],
    ['a signal has ended it', over(0, 'Error', { signal: 9 }), { ...killed, ...times }],
    ['its memory ran out', over(137, 'OOMKilled'), { ...killed, outOfMemory: true, ...times }],
    [
      'a deadline has ended it, and its container says that it was done',
      { ...over(0, 'Completed'), phase: 'Failed', reason: 'DeadlineExceeded', message: 'Pod was active too long' },
      { ...killed, ...times, engineError: 'DeadlineExceeded: Pod was active too long' },
    ],
    [
      'it was evicted for what it wrote',
      {
        ...over(137, 'Error'),
        phase: 'Failed',
        reason: 'Evicted',
        message: 'Container main exceeded its local ephemeral storage limit "32Mi". ',
      },
      { ...killed, ...times, outOfDisk: 32 << 20 },
      { diskBytes: 32 << 20 },
    ],
    [
      'it was evicted for what the node lacks, and nothing is said of its container',
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      { ...killed, endedByEngine: true, engineError: 'Evicted: The node was low on resource: memory.' },
    ],
    [
      'its node shut down',
      {
        ...over(0, 'Completed'),
        phase: 'Failed',
        reason: 'Terminated',
        message: 'Pod was terminated in response to imminent node shutdown.',
      },
      {
        ...killed,
        ...times,
        endedByEngine: true,
        engineError: 'Terminated: Pod was terminated in response to imminent node shutdown.',
      },
    ],
    [
      'its node is gone',
      { ...condition('DisruptionTarget', 'True', 'DeletionByPodGC', 'PodGC: node no longer exists'), phase: 'Failed' },
      {
        ...killed,
        finishedAt: new Date(ended),
        endedByEngine: true,
        engineError: 'DeletionByPodGC: PodGC: node no longer exists',
      },
    ],
    [
      'its node is away, and it may still run there',
      {
        ...condition('DisruptionTarget', 'True', 'DeletionByTaintManager', 'x'),
        ...main({ running: { startedAt: begun } }),
      },
      { status: 'running', startedAt: new Date(begun) },
    ],
    [
      'its node came back without it',
      {
        containerStatuses: [
          {
            name: MAIN,
            lastState: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'gone' } },
          },
        ],
      },
      { ...killed, endedByEngine: true, engineError: 'gone' },
    ],
    [
      'the runtime refused its program',
      over(128, 'StartError', {
        startedAt: '1970-01-01T00:00:00Z',
        message: 'OCI runtime create failed: exec: "/x": no such file or directory',
      }),
      {
        status: 'exited',
        exitCode: 127,
        engineError: 'OCI runtime create failed: exec: "/x": no such file or directory',
      },
    ],
    [
      'the kubelet refused its user',
      waiting('CreateContainerConfigError', 'container has non-numeric user'),
      { status: 'exited', exitCode: 128, engineError: 'CreateContainerConfigError: container has non-numeric user' },
    ],
    [
      'its layers are none',
      waiting('ErrImagePull', 'failed to extract layer sha256:00: unexpected EOF'),
      {
        status: 'exited',
        exitCode: 128,
        engineError: 'ErrImagePull: failed to extract layer sha256:00: unexpected EOF',
      },
    ],
  ]

for (const [what, status, state, notes] of states)
  test(`state: ${what}`, () => assert.deepEqual(stateOf(pod(status), notes), { key, ...state }))

test("another installation's is nobody's", () => assert.equal(podState('two', pod({}), noted), undefined))

test('what is no time is none', () => {
  const { startedAt, finishedAt } =
    stateOf(pod(over(0, 'Completed', { startedAt: 'x', finishedAt: '9'.repeat(20) }))) ?? {}
  assert.deepEqual([startedAt, finishedAt], [undefined, undefined])
})

test('whose notes are not the server’s is nobody’s word any more', () => {
  const { exitCode, endedByEngine, address } =
    podState('one', pod({ ...over(0, 'Completed'), podIP: '10.0.0.9' }), undefined) ?? {}
  assert.deepEqual([exitCode, endedByEngine, address], [137, true, undefined])
})

test('no address of the server’s own machine or of its neighbours is a Pod’s', () => {
  for (const podIP of [
    '127.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    'fe80::1',
    '224.0.0.1',
    '10.0.0.1:80/x',
    'localhost',
  ])
    assert.equal(stateOf(pod({ ...main({ running: {} }), podIP }))?.address, undefined, podIP)
  for (const podIP of ['10.0.0.9', '100.127.0.7', 'fd00::9'])
    assert.equal(stateOf(pod({ ...main({ running: {} }), podIP }))?.address, podIP)
})

const problems: readonly [what: string, status: PodStatus, problem: PodProblem | undefined][] = [
  ['nothing yet', { phase: 'Pending' }, undefined],
  ['its image is pulled', waiting('ContainerCreating'), undefined],
  ['it runs', main({ running: { startedAt: begun } }), undefined],
  [
    'no node has room',
    condition('PodScheduled', 'False', 'Unschedulable', '0/1 nodes are available: 1 Insufficient cpu.'),
    { blame: 'cluster', words: 'no node takes the Pod: 0/1 nodes are available: 1 Insufficient cpu.' },
  ],
  [
    'the registry is away',
    waiting('ImagePullBackOff', 'Back-off pulling image'),
    { blame: 'cluster', words: 'ImagePullBackOff: Back-off pulling image' },
  ],
  [
    'the name of its image is none',
    waiting('InvalidImageName', 'x'),
    { blame: 'workload', words: 'InvalidImageName: x' },
  ],
  [
    'its working directory is none',
    waiting('CreateContainerError', 'OCI runtime create failed: not a directory'),
    { blame: 'workload', words: 'CreateContainerError: OCI runtime create failed: not a directory' },
  ],
  [
    'the node cannot make containers',
    waiting('CreateContainerError', 'context deadline exceeded'),
    { blame: 'cluster', words: 'CreateContainerError: context deadline exceeded' },
  ],
  [
    'its network is open',
    {
      ...init(CLOSER, { terminated: { exitCode: 1, reason: 'Error', message: '1.1.1.1 answers\n' } }),
      phase: 'Failed',
    },
    { blame: 'dead', words: 'the network of the Pod could not be proven closed: Error: 1.1.1.1 answers' },
  ],
  [
    'its agent could not close its network, and is begun again',
    init(
      AGENT,
      {
        waiting: { reason: 'CrashLoopBackOff' },
      },
      { terminated: { exitCode: 78, reason: 'Error', message: '1.1.1.1:443 answered\n' } },
    ),
    { blame: 'dead', words: 'the network of the Pod could not be proven closed: Error: 1.1.1.1:443 answered' },
  ],
  ['its network was closed', init(CLOSER, { terminated: { exitCode: 0, reason: 'Completed' } }), undefined],
  [
    "the agent's image is not there",
    init(AGENT, { waiting: { reason: 'ErrImagePull', message: 'not found' } }),
    { blame: 'cluster', words: "the Pod's agent does not start: ErrImagePull: not found" },
  ],
  [
    'the agent falls again and again',
    init(AGENT, { waiting: { reason: 'CrashLoopBackOff' } }),
    { blame: 'cluster', words: "the Pod's agent does not start: CrashLoopBackOff" },
  ],
  [
    'the agent has fallen before the program began',
    { ...init(AGENT, { terminated: { exitCode: 1, reason: 'Error', message: 'no key' } }), phase: 'Failed' },
    { blame: 'dead', words: "the Pod's agent has ended: Error: no key" },
  ],
]

for (const [what, status, problem] of problems)
  test(`problem: ${what}`, () => assert.deepEqual(podProblem(pod(status)), problem))

const asked = '2026-11-30T08:00:03Z'
/** Deleted at that time, with a grace of a day. */
const deleted = (status: PodStatus): Pod => {
  const deletionTimestamp = new Date(Date.parse(asked) + 86_400_000).toISOString()
  const whole = pod(status)
  return { ...whole, metadata: { ...whole.metadata, deletionTimestamp, deletionGracePeriodSeconds: 86_400 } }
}

test('whose Pod is deleted while it runs was ended by the cluster, however it went about it', () => {
  const engineError = 'The Pod was deleted while its program ran.'
  for (const status of [over(0, 'Completed'), over(143, 'Error')])
    assert.deepEqual(stateOf(deleted(status)), { key, ...killed, ...times, endedByEngine: true, engineError })
})

test('whose Pod is deleted after its end has ended by itself', () => {
  const before = over(7, 'Error', { finishedAt: '2026-11-30T08:00:02Z' })
  const { exitCode, endedByEngine } = stateOf(deleted(before)) as ContainerState
  assert.deepEqual([exitCode, endedByEngine], [7, undefined])
  assert.equal(stateOf(deleted(main({ running: { startedAt: begun } })))?.status, 'running')
})

test('what has written more than its volume holds is ended for that', () => {
  const evicted = {
    ...{ phase: 'Failed', reason: 'Evicted' },
    message: 'Usage of EmptyDir volume "mounts" exceeds the limit "1Gi". ',
  }
  const notes = { diskBytes: 5, volumeBytes: 1_073_741_824 }
  assert.equal(stateOf(pod(evicted), notes)?.outOfDisk, 1_073_741_824)
  const memory = { ...evicted, message: evicted.message.replace('mounts', 'shared-memory') }
  assert.deepEqual(
    [stateOf(pod(memory), notes)?.outOfDisk, stateOf(pod(memory), notes)?.endedByEngine],
    [undefined, true],
  )
})

test('an end is one in every way that a Pod tells it', () => {
  const ends = [over(0, 'Completed'), { phase: 'Failed' }, { phase: 'Succeeded' }]
  assert.deepEqual(
    [...ends, { phase: 'Running' }, {}, main({ running: { startedAt: begun } })].map(status => hasEnded(pod(status))),
    [true, true, true, false, false, false],
  )
})
