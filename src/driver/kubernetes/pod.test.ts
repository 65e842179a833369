import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ContainerSpec } from '../driver.ts'
import { networkPolicy } from './network-policy.ts'
import { closingPod, type PodFacts, type PodPlace, podOf } from './pod.ts'
import { podKey } from './pod-name.ts'
import { createPodSeal } from './pod-notes.ts'

const place: PodPlace = { installation: 'one', namespace: 'jobs', agentImage: 'modelmart:1' }
const spec: ContainerSpec = {
  key: { arn: 'arn:aws:sagemaker:eu-central-1:111122223333:training-job/a', attempt: 1, host: 'algo-1' },
  image: 'x',
  environment: {},
  mounts: [],
  network: { kind: 'none' },
  limits: { cpus: 0.5, memoryBytes: 1 << 28, sharedMemoryBytes: 1 << 26, pids: 64, gpus: 0 },
}
const facts: PodFacts = {
  image: 'mart:1/a@sha256:0',
  program: { entrypoint: ['/entry'], command: ['of the image'] },
  ...{ secret: 's', mounts: [], work: '/data', seal: createPodSeal(Buffer.alloc(32, 1)) },
}
const built = (changes: Partial<ContainerSpec> = {}, where: Partial<PodPlace> = {}, known: Partial<PodFacts> = {}) =>
  podOf({ ...place, ...where }, { ...spec, ...changes }, { ...facts, ...known })
const mainOf = (...of: Parameters<typeof built>) => built(...of).spec.containers[0]

test('a Pod tells its key', () => assert.deepEqual(podKey('one', built()), spec.key))

test('nothing of the cluster and of the node is given to a program', () => {
  const pod = built().spec
  assert.deepEqual(
    [pod.restartPolicy, pod.automountServiceAccountToken, pod.enableServiceLinks, pod.dnsPolicy],
    ['Never', false, false, 'None'],
  )
  assert.deepEqual(pod.securityContext, { seccompProfile: { type: 'RuntimeDefault' } })
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostAliases'])
    assert.ok(!(name in pod), name)
  assert.deepEqual(Object.keys(pod.volumes.find(({ name }) => name === 'mounts') ?? {}), ['name', 'emptyDir'])
  assert.ok(pod.volumes.every(volume => !('hostPath' in volume)))
  const { privileged, allowPrivilegeEscalation, capabilities } = pod.containers[0]?.securityContext ?? {}
  assert.deepEqual([privileged, allowPrivilegeEscalation, capabilities?.drop], [false, false, ['ALL']])
  assert.ok(!capabilities?.add.some(name => /NET_ADMIN|NET_RAW|SYS_ADMIN|MKNOD|SYS_PTRACE|SETFCAP/.test(name)))
  assert.deepEqual(
    mainOf()?.volumeMounts.map(({ mountPath }) => mountPath),
    ['/.modelmart', '/etc/hosts', '/dev/shm'],
    'neither the key nor what the agent keeps is shown',
  )
})

test('the agent, which closes the network first, begins before the program, which waits until its gate is open', () => {
  const [agent, ...more] = built().spec.initContainers
  assert.deepEqual([agent?.name, agent?.args.slice(0, 2), more], ['agent', ['pod-agent', 'serve'], []])
  assert.ok(agent?.securityContext.capabilities.add.includes('NET_ADMIN'))
  assert.deepEqual([agent?.restartPolicy, agent?.startupProbe.tcpSocket], ['Always', { port: 10171 }])
})

test('what proves a node closes the network and ends', () => {
  const [closer, ...more] = closingPod(place, 'doctor').spec.initContainers
  assert.deepEqual([closer?.name, closer?.args, more], ['close-network', ['pod-agent', 'close'], []])
  assert.ok(closer && !('restartPolicy' in closer), 'it has to have ended well')
  assert.deepEqual(closer?.securityContext.capabilities, { drop: ['ALL'], add: ['NET_ADMIN'] })
})

test('requests are the limits, unless the operator reserves a part of the CPUs only', () => {
  assert.deepEqual(mainOf()?.resources, {
    requests: { cpu: '500m', memory: String(1 << 28) },
    limits: { cpu: '500m', memory: String(1 << 28) },
  })
  assert.equal(mainOf({}, { cpuShare: 0.1 })?.resources.requests.cpu, '50m')
  assert.equal(mainOf({}, { cpuShare: 0 })?.resources.requests.cpu, '1m')
  const limits = { ...spec.limits, gpus: 2, diskBytes: 1 << 30 }
  assert.deepEqual(mainOf({ limits })?.resources.limits, {
    ...{ cpu: '500m', memory: String(1 << 28), 'nvidia.com/gpu': '2' },
    'ephemeral-storage': String(1 << 30),
  })
  const others: Record<string, string> = { ...mainOf({ limits }, { gpuResource: 'amd.com/gpu' })?.resources.limits }
  assert.equal(others['amd.com/gpu'], '2')
})

const programs: readonly [Partial<ContainerSpec>, PodFacts['program'], readonly string[]][] = [
  [{}, facts.program, ['/entry', 'of the image']],
  [{ command: ['train'] }, facts.program, ['/entry', 'train']],
  [{ entrypoint: ['/mine'] }, facts.program, ['/mine']],
  [{ entrypoint: ['/mine'], command: ['train'] }, facts.program, ['/mine', 'train']],
  [{ command: ['/train'] }, {}, ['/train']],
  [{}, {}, []],
]
for (const [changes, program, args] of programs)
  test(`what runs: ${args.join(' ') || 'nothing'}`, () =>
    assert.deepEqual(mainOf(changes, {}, { program })?.args, args))

test('no text is taken for a variable of Kubernetes', () => {
  const main = mainOf({ environment: { A: '$(B) $$ $x' }, command: ['$(A)'] })
  // As the API server gives them to the program: `$$` stands for `$`.
  const given = (text = '') => text.replaceAll('$$', '$')
  assert.deepEqual(main?.env, [{ name: 'A', value: '$$(B) $$$$ $$x' }])
  assert.equal(given(main?.args.at(-1)), '$(A)')
})

test('mounts are parts of one volume, read only as they are asked for, and what is written is brought back', () => {
  const mounts = [
    { source: '/data/in', target: '/opt/ml/input', readOnly: true },
    { source: '/data/file', target: '/etc/file', readOnly: true },
    { source: '/data/out', target: '/opt/ml/model', readOnly: false },
  ]
  const pod = built({ mounts }, {}, { mounts: ['directory', 'file', 'directory'] })
  assert.deepEqual(pod.spec.containers[0]?.volumeMounts.slice(3), [
    { name: 'mounts', mountPath: '/opt/ml/input', subPath: '0', readOnly: true },
    { name: 'mounts', mountPath: '/etc/file', subPath: '1/file', readOnly: true },
    { name: 'mounts', mountPath: '/opt/ml/model', subPath: '2', readOnly: false },
  ])
  assert.deepEqual(facts.seal.notesOf(pod)?.brings, [{ index: 2, source: 'out', kind: 'directory' }])
})

test('a policy of the network holds exactly the Pods of the installation', () => {
  const { spec: policy } = networkPolicy('one')
  const isHeld = ({ metadata }: ReturnType<typeof built>) =>
    Object.entries(policy.podSelector.matchLabels).every(([name, value]) =>
      Object.entries(metadata.labels).some(([n, v]) => n === name && v === value),
    )
  assert.deepEqual([isHeld(built()), isHeld(built({}, { installation: 'two' }))], [true, false])
  assert.deepEqual([policy.policyTypes, policy.egress], [['Egress'], [{ to: [{ podSelector: policy.podSelector }] }]])
})

test('where a Pod goes is the operator’s to say', () => {
  const bare = built().spec
  assert.deepEqual(
    ['hostUsers', 'runtimeClassName', 'nodeSelector', 'tolerations'].filter(name => name in bare),
    [],
  )
  const where = {
    ...{ userNamespaces: true, runtimeClass: 'gvisor', nodeSelector: { pool: 'jobs' } },
    tolerations: [{ key: 'jobs', operator: 'Exists' }],
  } as const
  const { hostUsers, runtimeClassName, nodeSelector, tolerations } = built({}, where).spec
  assert.deepEqual(
    [hostUsers, runtimeClassName, nodeSelector, tolerations],
    [false, 'gvisor', { pool: 'jobs' }, [{ key: 'jobs', operator: 'Exists' }]],
  )
})

test('the volume stops where the workload’s does, and a program’s own bound counts nothing of it', () => {
  const volumeOf = (limits: ContainerSpec['limits']) =>
    built({ limits }).spec.volumes.find(({ name }) => name === 'mounts')?.emptyDir
  assert.deepEqual(volumeOf(spec.limits), {})
  assert.deepEqual(volumeOf({ ...spec.limits, diskBytes: 5 }), {})
  assert.deepEqual(volumeOf({ ...spec.limits, volumeBytes: 1 << 30 }), { sizeLimit: String(1 << 30) })
  const agent = built().spec.initContainers[0]?.resources
  assert.deepEqual(
    [agent?.requests, agent?.limits]
      .map(one => ({ ...one }) as Record<string, string>)
      .map(one => one['ephemeral-storage']),
    ['0', String(2 ** 50)],
    'the kubelet holds all volumes of a Pod to the sum of its containers’ limits',
  )
})

test('a program whose Pod is deleted is told, and killed half a minute later', () => {
  const [shell, , flag, script = ''] = mainOf()?.lifecycle.preStop.exec.command ?? []
  assert.deepEqual([shell, flag], ['/.modelmart/busybox', '-c'])
  assert.match(script, /^echo TERM 1<>\/\.modelmart\/control; .*sleep 30; echo KILL 1<>\/\.modelmart\/control$/)
})
