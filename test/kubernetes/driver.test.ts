import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createImageServer } from '../../src/driver/kubernetes/image-server.ts'
import { createKubeClient } from '../../src/driver/kubernetes/kube-client.ts'
import { accessByFile } from '../../src/driver/kubernetes/kube-config.ts'
import { createKubernetesDriver } from '../../src/driver/kubernetes/kubernetes.ts'
import { driverSuite } from '../../src/driver/suite.ts'
import type { OpenDriver } from '../../src/driver/suite-workload.ts'
import { importModelmart } from './modelmart-image.ts'
import { allowPlainRegistry } from './plain-registry.ts'
import { testCluster } from './test-cluster.ts'

const cluster = testCluster()
/** Without the command line, which takes longer to load than all that the agent is. */
const agentProgram = [
  ...['/usr/bin/node', '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval'],
  `const { podAgent } = await import('/opt/modelmart/src/driver/kubernetes/pod-agent.ts')
   await podAgent(process.argv.slice(2), process.env)`,
]

if (!cluster?.node || !cluster.image)
  test('there is a made cluster', { skip: 'KUBECONFIG and MODELMART_TEST_NODE name none' }, () => {})
else {
  const { node, image: agentImage, kubeconfig } = cluster
  // The sources may have changed since the cluster was made.
  if (process.env.MODELMART_TEST_IMPORT) await importModelmart(node)
  const secret = randomBytes(32)
  const access = await accessByFile(kubeconfig)
  const namespace = `suite-${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`
  const admin = createKubeClient(access)
  await admin.call('POST', '/api/v1/namespaces', { body: { metadata: { name: namespace } } })
  after(async () => {
    await admin.call('DELETE', `/api/v1/namespaces/${namespace}`)
    await admin.close()
  })
  const seen = new Set<string>()
  const images = createImageServer({
    host: () => `${node.addresses.machine}:${(registry.address() as AddressInfo).port}`,
    secret,
    seen: { has: async digest => seen.has(digest), add: async digest => void seen.add(digest) },
  })
  const registry = createServer(images.listener).listen(0, node.addresses.machine)
  await once(registry, 'listening')
  after(() => registry.close())
  await allowPlainRegistry(node, `${node.addresses.machine}:${(registry.address() as AddressInfo).port}`)

  const open: OpenDriver = async (installation, onVisit) =>
    createKubernetesDriver({
      client: createKubeClient(access, namespace),
      place: { installation, namespace, agentImage, agentProgram, cpuShare: 0.05 },
      ...{ secret, images, onError: assert.fail },
      ...(onVisit && { onVisit }),
    })
  driverSuite('kubernetes', open, {
    noticesOutOfMemory: true,
    timeoutMs: 1_500_000,
    machineOf: () => node.addresses.machine,
    alwaysConnected: true,
    // How many processes, and who is ended first where a node runs out of memory: both are the kubelet's.
    limitsElsewhere: ({ pids, oomScore }) => ({ pids, oomScore, interfaces: ['lo', 'eth0'] }),
    cannot: {
      'lets no container run on whose network was taken from it': 'no other container holds the network of a Pod',
      'lets nobody on this machine connect to a container but the user of the server':
        'a Pod knows the server by its address, which the users of its machine share',
      'kills no more than the container when it opens too many processes':
        'Kubernetes bounds the processes of all Pods of a node alike',
    },
    endHolder: async () => assert.fail('no other container holds the network of a Pod'),
    removeImages: async () => {},
  })
}
