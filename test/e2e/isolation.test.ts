import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { it } from 'node:test'
import type { PresentEngine } from './engines.ts'
import { assertIsolated, type EscapeReport, parseReport, type Target, targetParameters } from './escape-report.ts'
import type { Fixture } from './fixture.ts'
import { type HostService, hostAddresses, openHostService } from './host-service.ts'
import { createEndpoint, endpointSettled, instanceType, invoke, logLines, makeModel, train } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import { runOpenContainer } from './open-container.ts'

const target = (name: string, host: string, port: number, kind: Target['kind'] = 'tcp'): Target => ({
  ...{ name, kind, host, port },
})

/** Everything that there is to reach: the world, this machine by all its addresses, the server, a neighbour. */
function targetsFrom({ server }: Fixture, service: HostService, neighbour: string): Target[] {
  const serverPort = Number(new URL(server.url).port)
  return [
    target('public address', '1.1.1.1', 443),
    target('public name server', '8.8.8.8', 53, 'udp-dns'),
    target('metadata', '169.254.169.254', 80, 'http'),
    target('container credentials', '169.254.170.2', 80, 'http'),
    target('neighbour', neighbour, 8080, 'http'),
    ...hostAddresses().flatMap(host => [
      target(`host service on ${host}`, host, service.port),
      target(`server on ${host}`, host, serverPort),
    ]),
  ]
}

/** An endpoint's container of the seller, which the buyer's would like to reach. */
async function openNeighbour({ seller, view }: Fixture): Promise<string> {
  await makeModel(seller, 'neighbour', {})
  await createEndpoint(seller, 'neighbour', ['neighbour'])
  const { EndpointStatus, FailureReason, EndpointArn } = await endpointSettled(seller, 'neighbour')
  assert.equal(EndpointStatus, 'InService', FailureReason)
  return view.address(EndpointArn as string)
}

/** Addresses that this machine has on bridges of workload networks: the gateways of their containers. */
const workloadGateways = (): string[] => {
  const bridges = Object.entries(networkInterfaces()).filter(([name]) => name.startsWith('mmart'))
  return bridges
    .flatMap(([, addresses]) => addresses ?? [])
    .flatMap(({ family, address }) => (family === 'IPv4' ? address : []))
}

await onEveryEngine('isolation', 'escape-artist', at => {
  it('lets nothing out of training and serving, and would notice if it did', async () => {
    const { buyer, seller, server } = at()
    const service = await openHostService()
    const neighbour = await openNeighbour(at())
    const ports = [service.port, Number(new URL(server.url).port), 22, 53, 80, 443, 2375, 8080]
    const targets = targetsFrom(at(), service, neighbour)
    const parameters = targetParameters(targets, ports)
    try {
      await Promise.all([
        trainingHoldsIn(at(), parameters, targets, 1),
        trainingHoldsIn(at(), parameters, targets, 2),
        servingHoldsIn(at(), targets, ports),
      ])
      assert.deepEqual(service.visitors, [], 'the host service was reached')
      await getsOutWithoutIsolation(at(), service, targets)
    } finally {
      service.close()
      await seller.sagemaker.deleteEndpoint({ EndpointName: 'neighbour' })
      await buyer.sagemaker.deleteEndpoint({ EndpointName: 'artist' })
    }
  })
})

async function trainingHoldsIn(
  { buyer }: Fixture,
  parameters: Record<string, string>,
  targets: readonly Target[],
  InstanceCount: number,
): Promise<void> {
  const name = `artist-on-${InstanceCount}`
  const ResourceConfig = { InstanceType: instanceType, InstanceCount, VolumeSizeInGB: 1 }
  const job = await train(buyer, name, parameters, { ResourceConfig })
  assert.equal(job.TrainingJobStatus, 'Completed', job.FailureReason)
  for (let host = 1; host <= InstanceCount; host++) {
    const report = parseReport(await logLines(buyer, '/aws/sagemaker/TrainingJobs', `${name}/algo-${host}-`))
    assertIsolated(report, targets, InstanceCount > 1)
    if (InstanceCount === 1) assert.deepEqual(report.facts.interfaces, ['lo'])
    else assertTriedGateway(report)
  }
}

async function servingHoldsIn({ buyer, server }: Fixture, targets: readonly Target[], ports: readonly number[]) {
  await makeModel(buyer, 'artist', {})
  await createEndpoint(buyer, 'artist', ['artist'])
  const { EndpointStatus, FailureReason } = await endpointSettled(buyer, 'artist')
  assert.equal(EndpointStatus, 'InService', FailureReason)
  // The server listens on loopback alone; here something listens on its port at every workload's gateway, too.
  const port = Number(new URL(server.url).port)
  const doors = await Promise.all(workloadGateways().map(address => openHostService(port, address)))
  const gateways = workloadGateways().map(host => target(`gateway ${host}`, host, port))
  const wishes = { targets: [...targets, ...gateways], ports }
  try {
    const { Body } = await invoke(buyer, 'artist', 'artist', JSON.stringify(wishes))
    const report = JSON.parse(Buffer.from(Body ?? []).toString()) as EscapeReport
    assertIsolated(report, wishes.targets)
    assertTriedGateway(report)
    assert.deepEqual(
      doors.flatMap(({ visitors }) => visitors),
      [],
      'the server was reached by a gateway address',
    )
  } finally {
    for (const door of doors) door.close()
  }
}

/** On an internal network the artist finds the host's address by itself. */
function assertTriedGateway({ attempts }: EscapeReport): void {
  assert.ok(
    attempts.some(({ attempt }) => attempt.startsWith('gateway tcp ')),
    'the gateway was not tried',
  )
}

/** The same program, run by hand: it reaches the host service by the gateway and the container next to it. */
async function getsOutWithoutIsolation({ engine, image }: Fixture, service: HostService, targets: readonly Target[]) {
  const neighbour = await runOpenContainer(engine, image, 'serve')
  try {
    const others = targets.filter(({ name }) => name !== 'neighbour')
    const all = [...others, target('neighbour', neighbour.address, 8080)]
    const escaped = await escapesByHand(engine, image, all, service.port)
    const way = (words: RegExp) => escaped.some(attempt => words.test(attempt))
    assert.ok(way(new RegExp(`^gateway tcp .*:${service.port}$`)), `the gateway was not reached: ${escaped.join(', ')}`)
    assert.ok(way(/^neighbour$/), `the neighbour was not reached: ${escaped.join(', ')}`)
    assert.ok(service.visitors.length > 0, 'the host service saw nobody')
  } finally {
    await neighbour.remove()
  }
}

async function escapesByHand(engine: PresentEngine, image: string, targets: readonly Target[], port: number) {
  const artist = await runOpenContainer(engine, image, 'train', {
    TARGETS: JSON.stringify(targets),
    PORTS: `[${port}]`,
  })
  try {
    const { attempts } = parseReport((await artist.output()).split('\n'))
    return attempts.filter(({ escaped }) => escaped).map(({ attempt }) => attempt)
  } finally {
    await artist.remove()
  }
}
