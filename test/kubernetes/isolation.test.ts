import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Attempt,
  assertIsolated,
  type EscapeReport,
  parseReport,
  type Target,
  targetParameters,
} from '../e2e/escape-report.ts'
import { type HostService, hostAddresses, openHostService } from '../e2e/host-service.ts'
import { createEndpoint, endpointSettled, instanceType, invoke, logLines, makeModel, train } from '../e2e/jobs.ts'
import { makeParty, type Party } from '../e2e/party.ts'
import { until } from '../e2e/until.ts'
import { kubectlIn, podOf } from './kubectl.ts'
import type { MadeNode } from './node-files.ts'
import { openPodWorld, type PodWorld } from './pod-world.ts'
import { testCluster } from './test-cluster.ts'

const cluster = testCluster()
const node = cluster?.node as MadeNode
const agentPort = 10_170

const target = (name: string, host: string, port: number, kind: Target['kind'] = 'tcp'): Target => ({
  ...{ name, kind, host, port },
})

/** Of RFC 5737, "Documentation Address Blocks": whoever gets out waits there. */
const nobody = target('nobody', '203.0.113.77', 443)

describe('the program that tries every way out, in Pods', {
  skip: cluster?.node && cluster.image ? false : 'this is no cluster that the tests made',
}, () => {
  let world: PodWorld
  let service: HostService
  let [buyer, seller]: Party[] = []
  let targets: Target[]
  let ports: number[]

  before(async () => {
    world = await openPodWorld(cluster as NonNullable<typeof cluster>, 'escape-artist')
    const { server, engine, image } = world
    service = await openHostService()
    // The address that the nodes know the server by is none that it listens at with TLS.
    const account = async (name: string) => ({ ...(await server.account(name)), invokeUrl: server.url })
    const party = (name: string) => makeParty({ ...server, account }, engine, name, image)
    ;[buyer, seller] = await Promise.all([party('buyer'), party('seller')])
    const neighbour = await openNeighbour(seller as Party)
    const serverPort = Number(new URL(server.url).port)
    ports = [service.port, serverPort, agentPort, 22, 53, 80, 443, 6443, 8080, 10_250]
    targets = [
      nobody,
      target('public address', '1.1.1.1', 443),
      target('public name server', '8.8.8.8', 53, 'udp-dns'),
      target('metadata', '169.254.169.254', 80, 'http'),
      target('API of the cluster', node.addresses.service, 443),
      target('API of the cluster on its node', node.addresses.node, 6443),
      target('kubelet', node.addresses.node, 10_250),
      target('neighbour', neighbour, 8080, 'http'),
      target('agent of the neighbour', neighbour, agentPort),
      ...hostAddresses().flatMap(host => [
        target(`host service on ${host}`, host, service.port),
        target(`server on ${host}`, host, serverPort),
      ]),
    ]
  })
  after(async () => {
    service?.close()
    await world?.close()
  })

  const openNeighbour = async (seller: Party): Promise<string> => {
    await makeModel(seller, 'neighbour', {})
    await createEndpoint(seller, 'neighbour', ['neighbour'])
    const { EndpointStatus, FailureReason, EndpointArn } = await endpointSettled(seller, 'neighbour')
    assert.equal(EndpointStatus, 'InService', FailureReason)
    return (await world.view.pods(EndpointArn))[0]?.address as string
  }

  for (const InstanceCount of [1, 2])
    it(`finds none in a job on ${InstanceCount}`, async () => {
      const name = `artist-on-${InstanceCount}`
      const ResourceConfig = { InstanceType: instanceType, InstanceCount, VolumeSizeInGB: 1 }
      const job = await train(buyer as Party, name, targetParameters(targets, ports), { ResourceConfig })
      assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
      for (let host = 1; host <= InstanceCount; host++) {
        const lines = await logLines(buyer as Party, '/aws/sagemaker/TrainingJobs', `${name}/algo-${host}-`)
        assertHeld(parseReport(lines), InstanceCount > 1)
      }
    })

  it('finds none in an endpoint', async () => {
    const party = buyer as Party
    await makeModel(party, 'artist', {})
    await createEndpoint(party, 'artist', ['artist'])
    const { EndpointStatus, FailureReason } = await endpointSettled(party, 'artist')
    assert.equal(EndpointStatus, 'InService', FailureReason)
    const { Body } = await invoke(party, 'artist', 'artist', JSON.stringify({ targets, ports }))
    assertHeld(JSON.parse(Buffer.from(Body ?? []).toString()) as EscapeReport)
  })

  const assertHeld = (report: EscapeReport, peers = false): void => {
    // The Pod's own kernel resets what it does not let out: what nobody has, too, and what would have accepted.
    const isReset = ({ detail }: Attempt) => detail.startsWith('ConnectionRefusedError')
    assert.ok(
      report.attempts.some(one => one.attempt === nobody.name && isReset(one)),
      'nobody was not refused at once',
    )
    const attempts = report.attempts.map(one => ({ ...one, answered: one.answered && !isReset(one) }))
    assertIsolated({ ...report, attempts }, targets, peers)
    assert.deepEqual(report.facts.interfaces.toSorted(), ['eth0', 'lo'])
    const isGateway = ({ attempt }: { attempt: string }) => attempt.startsWith('gateway tcp ')
    assert.ok(report.attempts.some(isGateway), 'the node was not tried')
    assert.deepEqual(service.visitors, [], 'the host service was reached')
  }

  it('would find one: a Pod that nobody has closed reaches this machine', async () => {
    const { kubectl, apply, close } = kubectlIn('open')
    await kubectl('create', 'namespace', 'open')
    try {
      const ask = `/bin/busybox nc -w 5 ${node.addresses.machine} ${service.port} < /dev/null`
      const command = ['/bin/busybox', 'sh', '-c', ask]
      await apply(podOf('asks', cluster?.image as string, { command }))
      await until(
        'it has asked',
        () => kubectl('logs', 'asks').catch(String),
        said => said === 'hello',
        60,
      )
      assert.ok(service.visitors.length > 0)
    } finally {
      await close()
    }
  })

  it('leaves nothing behind', async () => {
    await (seller as Party).sagemaker.deleteEndpoint({ EndpointName: 'neighbour' })
    await (buyer as Party).sagemaker.deleteEndpoint({ EndpointName: 'artist' })
    await world.leavesNothing()
  })
})
