import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { driverSuite } from '../../src/driver/suite.ts'
import { podDriver } from './pod-driver.ts'
import { testCluster } from './test-cluster.ts'

const cluster = testCluster()

if (!cluster?.node || !cluster.image)
  test('there is a made cluster', { skip: 'KUBECONFIG and MODELMART_TEST_NODE name none' }, () => {})
else {
  const { node, open, close } = await podDriver(cluster)
  after(close)
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
