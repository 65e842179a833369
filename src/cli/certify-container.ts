import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineClient } from '../driver/engine-client.ts'
import { at } from '../driver/engine-path.ts'
import { ping } from '../workload/health-check.ts'
import type { Check } from './certify-checks.ts'

/** A running container of a workload, as the engine on this machine tells of it. */
export interface ServingContainer {
  /** `http://HOST:8080`. */
  readonly address: string
  readonly host: string
  readonly startedAt: Date
  readonly pid: number
}

interface Inspected {
  readonly State: { readonly Running: boolean; readonly Pid: number; readonly StartedAt: string }
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> }
}

const port = 8080

/** The container that Modelmart runs for a job or an endpoint; undefined while there is none, or none that this engine knows. */
export async function servingContainer(engine: EngineClient, arn: string): Promise<ServingContainer | undefined> {
  const query = { filters: JSON.stringify({ label: [`modelmart.arn=${arn}`] }) }
  const { body: found } = await engine.call<{ Id: string }[]>('GET', at`/containers/json`, { query })
  if (!found[0]) return undefined
  const { status, body } = await engine.call<Inspected>('GET', at`/containers/${found[0].Id}/json`, { accept: [404] })
  if (status === 404 || !body.State.Running) return undefined
  const host = Object.values(body.NetworkSettings.Networks)[0]?.IPAddress
  if (!host) return undefined
  const { Pid: pid, StartedAt } = body.State
  return { address: `http://${host}:${port}`, host, startedAt: new Date(StartedAt), pid }
}

/** How long a container took from its start to the first 200 from `GET /ping`, looked at every 50 ms until `signal`. */
export async function startupCheck(engine: EngineClient, arn: string, signal: AbortSignal): Promise<Check> {
  const what = 'start-up'
  while (!signal.aborted) {
    const container = await servingContainer(engine, arn)
    if (container && (await ping(container.address)).healthy) {
      const seconds = (Date.now() - container.startedAt.getTime()) / 1000
      return { what, good: true, detail: `GET /ping answered 200 ${seconds.toFixed(1)} s after the container started` }
    }
    await sleep(50)
  }
  return { what, good: undefined, detail: unseen }
}

const unseen = 'the container could not be watched: another engine runs it, or it had ended'
const mostConnectMs = 250
const mostPingMs = 2000
const pings = 5

/** Port and `/ping` of a healthy container. Source: SageMaker Developer Guide, "Use Your Own Inference Code with Hosting Services". */
export async function contractChecks(engine: EngineClient, arn: string): Promise<Check[]> {
  const container = await servingContainer(engine, arn)
  if (!container) return [{ what: 'port 8080', good: undefined, detail: unseen }]
  const connected = await connectMs(container.host)
  const answers: { ms: number; healthy: boolean; outcome: string }[] = []
  for (let count = 0; count < pings; count++) {
    const start = performance.now()
    answers.push({ ...(await ping(container.address)), ms: performance.now() - start })
  }
  const slowest = answers.toSorted((a, b) => b.ms - a.ms)[0] as (typeof answers)[number]
  const sick = answers.find(({ healthy }) => !healthy)
  return [
    {
      what: 'port 8080',
      good: connected !== undefined && connected <= mostConnectMs,
      detail: `${connected === undefined ? 'no connection' : `connected after ${Math.round(connected)} ms`}; ${mostConnectMs} ms are allowed`,
    },
    {
      what: '/ping time',
      good: !sick && slowest.ms <= mostPingMs,
      detail: `${(sick ?? slowest).outcome}, the slowest of ${pings}; ${mostPingMs} ms are allowed`,
    },
  ]
}

function connectMs(host: string): Promise<number | undefined> {
  const start = performance.now()
  return new Promise(resolve => {
    const socket = connect({ host, port, timeout: 2000 })
    const end = (ms?: number) => {
      socket.destroy()
      resolve(ms)
    }
    socket.on('connect', () => end(performance.now() - start))
    socket.on('error', () => end())
    socket.on('timeout', () => end())
  })
}

/**
 * What the container tried to send by itself, counted by the kernel for its network: datagrams, which is how names are asked for, and
 * packets that had no way out. Answers on the connections that others open do not count.
 */
export async function networkCheck(engine: EngineClient, arn: string): Promise<Check> {
  const what = 'no network use'
  const container = await servingContainer(engine, arn)
  const text = container && (await readFile(`/proc/${container.pid}/net/snmp`, 'utf8').catch(() => undefined))
  if (!text) return { what, good: undefined, detail: unseen }
  const [datagrams, unroutable] = [counter(text, 'Udp', 'OutDatagrams'), counter(text, 'Ip', 'OutNoRoutes')]
  if (datagrams + unroutable === 0) return { what, good: true, detail: 'it opened no connection and asked for no name' }
  const tries = [
    datagrams > 0 && `sent ${datagrams} datagrams, as a look-up of a name does`,
    unroutable > 0 && `tried ${unroutable} times to reach an address outside`,
  ].filter(Boolean)
  return { what, good: false, detail: `it ${tries.join(' and ')}; there is no network: take out what calls out` }
}

/** A counter of `/proc/net/snmp`, where a line of names comes before each line of values. */
function counter(text: string, group: string, name: string): number {
  const [names = [], values = []] = text
    .split('\n')
    .filter(line => line.startsWith(`${group}:`))
    .map(line => line.split(' '))
  return Number(values[names.indexOf(name)] ?? 0)
}
