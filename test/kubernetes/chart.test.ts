import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { parse } from 'yaml'
import { openHelm, type Rendered } from './helm.ts'
import { kubectlIn } from './kubectl.ts'
import { testCluster } from './test-cluster.ts'

const run = promisify(execFile)
const program = new URL('../../bin/modelmart.mjs', import.meta.url).pathname
const helm = await openHelm()
type Helm = NonNullable<typeof helm>

/** Everything that can be said, said. */
const everything = {
  image: { repository: 'registry.example.com/modelmart', digest: `sha256:${'a'.repeat(64)}`, pullSecrets: ['pulls'] },
  database: { secret: 'database' },
  objects: { url: 's3://content/shop?endpoint=https://s3.example.com&region=eu-1', secret: 'bucket' },
  rootSecret: { secret: 'root' },
  persistence: { storageClass: '-', size: '1.5Ti' },
  workloads: {
    enabled: true,
    namespace: 'modelmart-chart',
    agentImage: 'registry.example.com/modelmart:1',
    nodeSelector: { pool: 'jobs' },
    tolerations: [
      { key: 'jobs', value: 'only', effect: 'NoSchedule' },
      { key: 'gpu', effect: 'NoExecute' },
    ],
    runtimeClass: 'gvisor',
    gpuResource: 'amd.com/gpu',
    userNamespaces: true,
    cpuShare: 0.5,
  },
  publicUrl: 'https://market.example.com',
  tls: { secret: 'certificate' },
  settings: {
    'account-rate': 2000000,
    'aws-names': true,
    'allow-outgoing': ['10.0.0.0/8', '192.0.2.1'],
    'log-format': 'text',
  },
  env: [{ name: 'AWS_REGION', value: 'eu-1' }],
  service: { type: 'LoadBalancer', annotations: { 'example.com/kind': 'internal' } },
  ingress: {
    enabled: true,
    host: 'market.example.com',
    className: 'nginx',
    tlsSecret: 'site',
    annotations: { a: 'b' },
  },
  networkPolicy: { from: [{ namespaceSelector: {} }] },
  serviceAccount: { annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/shop' } },
  resources: {},
  podAnnotations: { c: 'd' },
  podLabels: { team: 'ml' },
  nodeSelector: { disk: 'fast' },
  tolerations: [{ operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  priorityClassName: 'system-cluster-critical',
}

interface SeveralServers {
  readonly spec: {
    readonly replicas: number
    readonly template: {
      readonly spec: {
        readonly containers: readonly { readonly env: readonly { name: string; value?: string }[] }[]
        readonly volumes: readonly {
          readonly ephemeral?: {
            readonly volumeClaimTemplate: {
              readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } }
            }
          }
        }[]
      }
    }
  }
}

/** What several servers need. */
const several = {
  replicas: 2,
  database: { secret: 'database' },
  objects: { url: 's3://content/shop' },
  rootSecret: { secret: 'root' },
  publicUrl: 'https://market.example.com',
  workloads: { enabled: true },
}

describe('the Helm chart', { skip: helm ? false : 'there is no Helm and no Go to make it with' }, () => {
  const { lint, render } = helm as Helm

  it('passes lint, by its defaults and with everything said', async () => {
    for (const values of [{}, everything, several]) assert.match(await lint(values), /0 chart\(s\) failed/)
  })

  it('names every value in its schema, and nothing but values', async () => {
    const folder = (helm as Helm).chart
    const values = parse(await readFile(join(folder, 'values.yaml'), 'utf8'))
    const { properties } = JSON.parse(await readFile(join(folder, 'values.schema.json'), 'utf8'))
    const names = (of: object) => Object.keys(of).sort()
    assert.deepEqual(
      names(values),
      names(properties).filter(name => name !== 'global'),
    )
    for (const [name, schema] of Object.entries<{ additionalProperties?: unknown; properties?: object }>(properties))
      if (schema.additionalProperties === false)
        assert.deepEqual(names(values[name]), names(schema.properties ?? {}), name)
  })

  const refused: readonly (readonly [string, object, RegExp])[] = [
    ['a value that there is not', { copies: 3 }, /copies/],
    ['a password in a URL', { database: { url: 'postgres://a:b@c/d' } }, /url/],
    ['a bucket that is none', { objects: { url: 'https://bucket' } }, /objects\/url|objects\.url/],
    ['a setting of the chart’s own', { settings: { port: 9000 } }, /port/],
    ['a toleration of everything', { workloads: { tolerations: [{ operator: 'Exists' }] } }, /tolerations/],
    ['an ingress without a host', { ingress: { enabled: true } }, /host/],
    ['the nameless account of others', { serviceAccount: { create: false } }, /name/],
    ['root', { user: 0 }, /user/],
    ['several servers on a disk of one', { replicas: 2 }, /secret|url|publicUrl/],
    ['several servers with a volume of one', { ...several, persistence: { existingClaim: 'mine' } }, /existingClaim/],
    ['several servers without an engine that all reach', { ...several, workloads: { enabled: false } }, /workloads/],
    ['plain http as the public URL', { publicUrl: 'http://market' }, /publicUrl/],
  ]
  for (const [what, values, says] of refused)
    it(`refuses ${what}`, () => assert.rejects(render(values), ({ stderr }) => says.test(stderr)))

  it('tells the server what it would be told by hand', async () => {
    const place = await mkdtemp(join(tmpdir(), 'modelmart-chart-'))
    after(() => rm(place, { recursive: true, force: true }))
    const settings = (await render(everything)).find(({ kind }) => kind === 'ConfigMap')?.data?.['modelmart.yaml'] ?? ''
    await writeFile(join(place, 'modelmart.yaml'), settings.replaceAll('/etc/modelmart-tls', place))
    const { stdout } = await run(process.execPath, [program, 'config', '--config', join(place, 'modelmart.yaml')])
    for (const line of ['account-rate: 2000000 ', 'aws-names: true ', 'public-url: https://market.example.com '])
      assert.ok(stdout.includes(line), `${line} in ${stdout}`)
    assert.match(stdout, /allow-outgoing: .*10\.0\.0\.0\/8.*192\.0\.2\.1/)
    assert.match(stdout, /objects: .*s3:\/\/content\/shop\?endpoint=https:\/\/s3.example.com&region=eu-1/)
  })

  it('starts another server when its settings change, and only then', async () => {
    const sum = async (values: object) => {
      const deployment = (await render(values)).find(({ kind }) => kind === 'Deployment') as Rendered
      const { spec } = deployment as unknown as { spec: { template: Rendered } }
      return spec.template.metadata.annotations?.['checksum/settings']
    }
    assert.equal(await sum({}), await sum({ service: { type: 'NodePort' } }))
    assert.notEqual(await sum({}), await sum({ settings: { 'account-rate': 1 } }))
  })

  it('has several servers know each other by their addresses, with a volume for each', async () => {
    const rendered = await render({ ...several, networkPolicy: { from: [{ namespaceSelector: {} }] } })
    const { spec } = rendered.find(({ kind }) => kind === 'Deployment') as unknown as SeveralServers
    assert.equal(spec.replicas, 2)
    const { containers, volumes } = spec.template.spec
    assert.equal(containers[0]?.env.find(({ name }) => name === 'MODELMART_PEER_URL')?.value, 'http://$(POD_IP):8600')
    assert.equal(volumes[0]?.ephemeral?.volumeClaimTemplate.spec.resources.requests.storage, '20Gi')
    const kinds = rendered.map(({ kind }) => kind)
    assert.ok(kinds.includes('PodDisruptionBudget') && !kinds.includes('PersistentVolumeClaim'))
    const policy = rendered.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'shop-modelmart')
    assert.match(JSON.stringify(policy?.spec), /"from":\[\{"podSelector"/)
    const alone = (await render({})).map(({ kind }) => kind)
    assert.ok(!alone.includes('PodDisruptionBudget') && alone.includes('PersistentVolumeClaim'))
  })

  const cluster = testCluster()
  it('is taken by the API, with nothing that a restricted namespace would not take', {
    skip: cluster ? false : 'there is no cluster',
  }, async () => {
    const { kubectl, apply, close } = kubectlIn('modelmart-chart')
    after(close)
    await apply({
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name: 'modelmart-chart', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    })
    for (const values of [{}, everything, several])
      for (const object of await render(values)) await apply(object, '--dry-run=server', '--validate=strict')
    // Deployments are taken whatever their Pods are: one of those by itself.
    const deployment = (await render(everything)).find(({ kind }) => kind === 'Deployment')
    const { spec } = deployment as unknown as { spec: { template: object } }
    await kubectl('create', 'serviceaccount', 'shop-modelmart')
    const pod = { apiVersion: 'v1', kind: 'Pod', ...spec.template, metadata: { name: 'one' } }
    await apply(pod, '--dry-run=server')
  })
})
