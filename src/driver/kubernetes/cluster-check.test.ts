import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ApiCall, clusterApi } from './cluster-api.fixture.ts'
import { checkCluster } from './cluster-check.ts'
import type { PodStatus } from './pod-types.ts'

const place = mkdtempSync(join(tmpdir(), 'modelmart-check-'))
after(() => rmSync(place, { recursive: true }))
const nodes = [
  { status: { allocatable: { cpu: '3500m', memory: '8Gi' } } },
  { status: { allocatable: { cpu: '1', memory: '2Gi', 'nvidia.com/gpu': '1' } } },
  { status: { allocatable: { cpu: '64', memory: '8Gi' } }, spec: { unschedulable: true } },
]

/** What is found of a cluster that refuses what `mayNot` names, and where the Pod that closes itself becomes `status`. */
const found = async (status: PodStatus | undefined, mayNot: readonly string[] = []) => {
  const calls: ApiCall[] = []
  const { address, close } = await clusterApi(call => {
    calls.push(call)
    const { method, path, body } = call
    if (path === '/version') return { gitVersion: 'v1.34.4' }
    if (path === '/api/v1/nodes') return { items: nodes }
    if (path.endsWith('/selfsubjectaccessreviews')) {
      const { verb, resource, namespace } = (body as { spec: { resourceAttributes: Record<string, string> } }).spec
        .resourceAttributes
      return { status: { allowed: namespace === 'jobs' && !mayNot.includes(`${verb} ${resource}`) } }
    }
    return method === 'GET' ? status && { metadata: { name: path.split('/').at(-1) }, status } : {}
  })
  const kubeconfig = join(place, 'kubeconfig')
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'jobs' } }],
      clusters: [{ name: 'c', cluster: { server: address } }],
      users: [{ name: 'u', user: { token: 't' } }],
    }),
  )
  const findings = await checkCluster({ kubeconfig, agentImage: 'modelmart:1', environment: {} }).finally(close)
  return { findings, calls, of: (what: string) => findings.find(one => one.what === what) }
}

const closer = (exitCode: number, message = ''): PodStatus => ({
  ...(exitCode !== 0 && { phase: 'Failed' }),
  initContainerStatuses: [{ name: 'close-network', state: { terminated: { exitCode, message } } }],
})

test('a cluster that has everything is good, and the Pod that proved it is removed', async () => {
  const { findings, calls, of } = await found(closer(0))
  assert.deepEqual(
    findings.map(({ what, good }) => [what, good]),
    [
      ['engine', true],
      ['rights', true],
      ['isolation', true],
    ],
  )
  assert.match(
    of('engine')?.detail ?? '',
    /kubernetes 1\.34\.4 .*the largest node: 3\.5 CPUs, 8\.0 GiB, 1 GPUs; all together: 4\.5 CPUs, 10\.0 GiB, 1 GPUs/,
  )
  const [made, removed] = ['POST', 'DELETE'].map(method =>
    calls.find(call => call.method === method && call.path.includes('/namespaces/jobs/pods')),
  )
  const { name } = (made?.body as { metadata: { name: string } } | undefined)?.metadata ?? { name: '' }
  assert.match(name, /^mm-doctor-/)
  assert.equal(removed?.path, `/api/v1/namespaces/jobs/pods/${name}`)
})

test('rights that are missing are named', async () => {
  const { good, detail, remedy } = (await found(closer(0), ['patch pods', 'create networkpolicies'])).of('rights') ?? {}
  assert.deepEqual([good, detail], [false, 'may not patch pods, create networkpolicies'])
  assert.match(remedy ?? '', /Role/)
})

test('a Pod that is not proven closed is told in its words, at once', async () => {
  const { good, detail, remedy } = (await found(closer(1, '1.1.1.1:443 answered'))).of('isolation') ?? {}
  assert.equal(good, false)
  assert.match(detail ?? '', /could not be proven closed: 1\.1\.1\.1:443 answered/)
  assert.match(remedy ?? '', /NET_ADMIN/)
})

test('a Pod that somebody takes away proves nothing', async () => {
  const { good, detail } = (await found(undefined)).of('isolation') ?? {}
  assert.equal(good, false)
  assert.match(detail ?? '', /not found/)
})
