import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { createImageServer } from '../../src/driver/kubernetes/image-server.ts'
import { createKubeClient } from '../../src/driver/kubernetes/kube-client.ts'
import { accessByFile } from '../../src/driver/kubernetes/kube-config.ts'
import { createKubernetesDriver } from '../../src/driver/kubernetes/kubernetes.ts'
import type { OpenDriver } from '../../src/driver/suite-workload.ts'
import { importModelmart } from './modelmart-image.ts'
import { allowPlainRegistry } from './plain-registry.ts'
import type { TestCluster } from './test-cluster.ts'

/** Without the command line, which takes longer to load than all that the agent is. */
const agentProgram = [
  ...['/usr/bin/node', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval'],
  `const { podAgent } = await import('/opt/modelmart/src/driver/kubernetes/pod-agent.ts')
   await podAgent(process.argv.slice(2), process.env)`,
]

/** Drivers on a made cluster, in a namespace of their own, which pull images from a registry of this process. */
export async function podDriver({ kubeconfig, node, image: agentImage }: TestCluster) {
  assert.ok(node && agentImage)
  // The sources may have changed since the cluster was made.
  if (process.env.MODELMART_TEST_IMPORT) await importModelmart(node)
  const secret = randomBytes(32)
  const access = await accessByFile(kubeconfig)
  const namespace = `suite-${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`
  const admin = createKubeClient(access)
  await admin.call('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } })
  const seen = new Set<string>()
  const images = createImageServer({
    host: () => `${node.addresses.machine}:${(registry.address() as AddressInfo).port}`,
    secret,
    seen: { has: async digest => seen.has(digest), add: async digest => void seen.add(digest) },
  })
  const registry = createServer(images.listener).listen(0, node.addresses.machine)
  await once(registry, 'listening')
  await allowPlainRegistry(node, `${node.addresses.machine}:${(registry.address() as AddressInfo).port}`)

  const open: OpenDriver = async (installation, onVisit) =>
    createKubernetesDriver({
      client: createKubeClient(access, namespace),
      place: { installation, namespace, agentImage, agentProgram, cpuShare: 0.05 },
      ...{ secret, work: tmpdir(), images, onError: assert.fail },
      ...(onVisit && { onVisit }),
    })
  const close = async () => {
    registry.close()
    await admin.call('DELETE', `/api/v1/namespaces/${namespace}`)
    await admin.close()
  }
  return { namespace, node, open, close }
}
