import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { followTlsPair } from '../gateway/follow-tls-pair.ts'
import { createRequestLimits, type RequestLimits, spendIn } from '../gateway/rate-limit.ts'
import { readTlsPair } from '../gateway/tls-pair.ts'
import { clock } from '../ground/clock.ts'
import { createCommittedJournal } from '../runtime/committed-journal.ts'
import { createChooseTarget, type FindRoute, hasComponent } from '../runtime/endpoint-target.ts'
import { type MeteringJournal, type MeteringParts, openMeteringJournal } from '../runtime/metering-journal.ts'
import { createRoutingTable } from '../runtime/routing-table.ts'
import { createRuntimeService } from '../runtime/runtime-service.ts'
import { mostAnswerBytes } from '../workload/answer-limit.ts'
import { createInvoker } from '../workload/invoke.ts'
import { type AnswerInvocation, createAnswerInvocation } from './answer-invocation.ts'
import { createKnownCallers } from './known-callers.ts'
import { createKnownSessions } from './known-sessions.ts'
import { createLink, type Link, LinkBroken } from './link.ts'
import { createNodeDoor } from './node-door.ts'
import { createPlainDoor } from './plain-door.ts'
import { createPlainPost } from './plain-post.ts'
import {
  type ControlAnswers,
  type Opening,
  type Place,
  planeVersion,
  settingsOf,
  type WorkerAnswers,
} from './plane-messages.ts'
import { createRemoteLeases } from './remote-leases.ts'
import { createRemoteModels } from './remote-models.ts'
import { workerFiles } from './worker-files.ts'
import { createWorkerReport, type WorkerReport } from './worker-report.ts'

/** A worker that nobody opens within this time, or whose directory is gone, ends itself. */
const unopenedMs = 20_000
const lookMs = 1000
/** Of one report or copy that the control plane has not taken: more waits here. */
const mostBacklog = 32 * 1024 ** 2
/** Longer than a server that has just started waits for a route. */
const routeMs = 60_000
/** Longer than an invocation may take: one that was begun is answered. */
const drainMs = 70_000
/** For a server that takes what a worker tells last. */
const lastWordsMs = 3000

/**
 * A worker: waits in its directory for the control plane, which may go and come again, and takes invocations once that has opened it.
 * `end` is called when all is done.
 */
export async function serveInvocations(directory: string, end: () => void): Promise<void> {
  const { socket, journal: journalDirectory } = workerFiles(directory)
  let control: Link<ControlAnswers> | undefined
  let listening: Listening | undefined
  let journal: MeteringJournal | undefined
  let settings: string | undefined
  let limits: RequestLimits | undefined
  let draining = false

  const link = () => {
    if (!control?.isOpen) throw new LinkBroken()
    return control
  }
  const report = createWorkerReport(told => {
    if (!control?.isOpen || control.backlog > mostBacklog) return false
    control.tell('report', told)
    return true
  })
  const callers = createKnownCallers(async key => link().ask('caller', key))
  const models = createRemoteModels(link)
  const sessions = createKnownSessions(link)
  const routes = createRoutingTable()
  const containers = createPlainPost()
  const invoker = createInvoker(mostAnswerBytes.realTime, containers.post)
  const findRoute: FindRoute = async (name, { account, region }, component) => {
    const known = routes.get(account, region, name)
    if (known && hasComponent(known, component)) return known
    const route = models.routeOf(await link().ask('route', { account, region, name, component }, routeMs))
    await routes.set(route)
    return route
  }

  async function open(opening: Opening): Promise<{ port: number }> {
    settings ??= settingsOf(opening)
    for (const route of opening.routes) await routes.set(models.routeOf(route))
    journal ??= await openJournal(opening)
    limits ??= createRequestLimits(opening.rates, spent => control?.isOpen && control.tell('spent', spent))
    const chooseTarget = createChooseTarget(
      findRoute,
      routes.outstanding,
      sessions,
      createRemoteLeases(link),
      models.prefer,
    )
    const context = {
      chooseTarget,
      invoker,
      journal,
      capture: report.capture,
      sessions,
      metrics: report.metrics,
      log: report.log,
    }
    const service = createRuntimeService({ ...context, findRoute }, async (input, { account, region }) =>
      link().ask('acceptAsync', { account, region, input }, routeMs),
    )
    listening ??= await listen(
      opening,
      openDoor(createAnswerInvocation({ ...opening, service, callers, report, context, limits })),
      report.log,
    )
    return { port: listening.place.port }
  }

  async function openJournal({ countsAtOnce, meteringSync: sync }: Opening): Promise<MeteringJournal> {
    const count: MeteringParts['count'] = (batch, counts) => link().ask('count', { batch, counts })
    const { log } = report
    if (countsAtOnce) return createCommittedJournal({ count, log })
    const isCounting = () => Boolean(control?.isOpen)
    return openMeteringJournal({ directory: journalDirectory, count, log, sync, isCounting })
  }

  async function drain(): Promise<void> {
    if (draining) return
    draining = true
    await listening?.close()
    containers.close()
    await invoker.close()
    await journal?.close().catch(() => {})
    report.flush()
    const late = clock.elapsed() + lastWordsMs
    while (control?.isOpen && control.backlog > 0 && clock.elapsed() < late) await clock.sleep(10)
    end()
  }

  const answers: WorkerAnswers = {
    greet: () => ({ version: planeVersion, pid: process.pid, place: listening?.place, settings }),
    open,
    setRoute: route => void routes.set(models.routeOf(route)),
    removeRoute: arn => void routes.remove(arn),
    forgetSession: sessions.forget,
    spend: spent => void (limits && spendIn(limits, spent)),
    forgetCallers: () => callers.forget(),
    isAsked: end => routes.outstanding.isAsked(end),
    drain: () => void drain(),
  }
  const door = createServer(connection => {
    // Only one server holds the directory: whoever comes later comes after the one before has gone.
    control?.end()
    control = createLink<ControlAnswers, WorkerAnswers>(connection, answers)
    void sessions.tellAgain()
  })
  door.listen(socket)
  await once(door, 'listening')
  clock.after(unopenedMs, () => !listening && end())
  clock.every(lookMs, () => !draining && !existsSync(socket) && void drain())
}

/** Plain requests, and all others. */
interface Door {
  take(socket: Socket): void
  closeIdle(): void
}

function openDoor(answer: AnswerInvocation): Door {
  const node = createNodeDoor(answer)
  const plain = createPlainDoor(answer, node)
  return {
    take: plain.take,
    closeIdle() {
      plain.closeIdle()
      node.closeIdleConnections()
    },
  }
}

interface Listening {
  readonly place: Place
  close(): Promise<void>
}

/** Takes connections at the place, beside the other workers: the kernel shares them out. */
async function listen({ place, tls }: Opening, door: Door, log: WorkerReport['log']): Promise<Listening> {
  const connections = new Set<Socket>()
  const take = (socket: Socket) => {
    connections.add(socket.once('close', () => connections.delete(socket)))
    door.take(socket)
  }
  const pair = tls && readTlsPair(tls)
  const secure =
    pair &&
    createTlsServer(
      { ...pair.context, handshakeTimeout: 20_000, ALPNProtocols: ['http/1.1'], allowHalfOpen: true },
      take,
    )
  const following = tls && pair && secure && followTlsPair(secure, tls, pair.version, log)
  const server: Server = secure ?? createServer({ noDelay: true, allowHalfOpen: true }, take)
  server.listen({ ...place, reusePort: true })
  await once(server, 'listening')
  return {
    place: { ...place, port: (server.address() as AddressInfo).port },
    async close() {
      following?.[Symbol.dispose]()
      server.close()
      // A client keeps its connection after the answer that was waited for.
      using _ = clock.every(50, door.closeIdle)
      door.closeIdle()
      const end = clock.elapsed() + drainMs
      while (connections.size > 0 && clock.elapsed() < end) await clock.sleep(20)
      for (const socket of connections) socket.destroy()
    },
  }
}
