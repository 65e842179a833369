import type { Logger } from 'pino'
import type { AuditTrail } from '../audit/audit-trail.ts'
import type { Spent } from '../gateway/rate-limit.ts'
import { recordRefusal } from '../gateway/recording.ts'
import { clock } from '../ground/clock.ts'
import { AccessDenied, ServiceError } from '../ground/errors.ts'
import type { IamEngine } from '../iam/iam.ts'
import { dimensionsText, type Metrics } from '../metrics/metric-sink.ts'
import type { ServiceModel } from '../model/service-model.ts'
import { AuthFault } from '../protocol/auth-fault.ts'
import type { CaptureFiles } from '../runtime/data-capture.ts'
import { type FindRoute, havingModel } from '../runtime/endpoint-target.ts'
import type { AsyncContext } from '../runtime/invoke-endpoint-async.ts'
import type { MeteringParts } from '../runtime/metering-journal.ts'
import type { Route, RouteInstance, RoutingTable } from '../runtime/routing-table.ts'
import type { In } from '../runtime/runtime-operation.ts'
import type { TakeLease } from '../runtime/serverless-lease.ts'
import type { Sessions } from '../runtime/sessions.ts'
import { LoadRefused, type UsedModel } from '../runtime/target-models.ts'
import type { ControlAnswers, Measured, Refused, WireRoute, WorkerMemory } from './plane-messages.ts'

export interface ControlParts {
  readonly iam: Pick<IamEngine, 'caller' | 'noteUse'>
  readonly routes: RoutingTable
  readonly findRoute: FindRoute
  readonly takeLease: TakeLease
  readonly count: MeteringParts['count']
  readonly capture: CaptureFiles
  readonly metrics: Metrics
  readonly sessions: Sessions
  readonly acceptAsync: (input: In<'InvokeEndpointAsync'>, ctx: AsyncContext) => Promise<object>
  readonly asyncContext: Omit<AsyncContext, 'account' | 'region'>
  /** SageMaker Runtime's, for the security log. */
  readonly model: ServiceModel
  readonly log: Logger
}

/** What becomes known once the server stands. */
export interface ControlEars {
  readonly audit: AuditTrail
  /** Told of what a worker has let through. */
  spent(spent: Spent): void
  observe(service: string, operation: string, status: number, seconds: number): void
}

/** Who chooses an instance asks for the model next. */
const ticketMs = 10_000

/** What one worker may ask; `end` lets go of what it had got hold of. */
export interface WorkerDesk {
  readonly answers: ControlAnswers
  /** As it was told last. */
  memory(): WorkerMemory
  end(): void
}

/** Without what cannot be sent. */
export const wireRoute = (route: Route): WireRoute => ({
  ...route,
  variants: route.variants.map(variant => ({
    ...variant,
    instances: variant.instances.map(({ models, ...instance }) => ({
      ...instance,
      ...(models && { isMultiModel: true as const }),
    })),
  })),
})

/** `ears` are asked for at each report; `tellOthers` tells the other workers. */
export function openWorkerDesk(
  parts: ControlParts,
  ears: () => ControlEars | undefined,
  tellOthers: (spent: Spent) => void,
): WorkerDesk {
  const { iam, routes, findRoute, takeLease, count, capture, metrics, log } = parts
  const leases = new Map<number, () => void>()
  const tickets = new Map<number, { readonly using: Promise<UsedModel>; readonly late: Disposable }>()
  let last = 0
  let turn = 0
  let ended = false
  let memory: WorkerMemory = { held: 0, limit: 0, refusals: 0, resident: 0 }

  const instanceAt = (stream: string): RouteInstance | undefined => {
    for (const { variants } of routes.all())
      for (const { instances } of variants) {
        const found = instances.find(({ logStream }) => logStream === stream)
        if (found) return found
      }
    return undefined
  }

  /** At once, or two who ask at the same time would have it loaded twice. */
  function chooseInstance({ streams, model }: { readonly streams: readonly string[]; readonly model: string }) {
    const able = havingModel(
      streams.map(instanceAt).filter(instance => instance !== undefined),
      model,
    )
    const chosen = able[turn++ % able.length]
    if (!chosen?.models) return undefined
    const using = chosen.models.use(model)
    using.catch(() => {})
    const ticket = ++last
    const late = clock.after(ticketMs, () => void letGoOf(ticket))
    tickets.set(ticket, { using, late })
    return { stream: chosen.logStream, ticket }
  }

  async function letGoOf(ticket: number): Promise<void> {
    const held = tickets.get(ticket)
    tickets.delete(ticket)
    await held?.using.then(({ letGo }) => letGo()).catch(() => {})
  }

  async function useModel(ticket: number) {
    const held = tickets.get(ticket)
    if (!held) throw new ServiceError('ServiceUnavailable', 'The model was waited for too long.', { status: 503 })
    held.late[Symbol.dispose]()
    tickets.delete(ticket)
    try {
      const { path, waitedMs, letGo } = await held.using
      return { path, waitedMs, lease: leaseOf(letGo) }
    } catch (error) {
      if (error instanceof LoadRefused) return { refused: { status: error.status, words: error.message } }
      throw error
    }
  }

  /** Who has ended meanwhile holds nothing. */
  function leaseOf(letGo: () => void): number {
    const lease = ++last
    if (ended) letGo()
    else leases.set(lease, letGo)
    return lease
  }

  async function takeServerless({ name, ...at }: Parameters<ControlAnswers['takeServerless']>[0]) {
    const { instance, letGo } = await takeLease(await findRoute(name, at))
    const { models: _, ...told } = instance
    return { instance: told, lease: leaseOf(letGo) }
  }

  function endLease(of: number): void {
    leases.get(of)?.()
    leases.delete(of)
  }

  const answers: ControlAnswers = {
    caller: key => iam.caller(key),
    route: async ({ name, component, ...at }) => wireRoute(await findRoute(name, at, component)),
    chooseInstance,
    useModel,
    takeServerless,
    endLease,
    forgetModel: ({ stream, model }) => instanceAt(stream)?.models?.forget(model),
    findSession: async key => parts.sessions.find(key),
    openSession: ({ key, place, others }) => parts.sessions.open(key, place, others),
    closeSession: key => parts.sessions.close(key),
    count: ({ batch, counts }) => count(batch, counts),
    acceptAsync: ({ input, ...at }) => parts.acceptAsync(input, { ...parts.asyncContext, ...at }),
    spent(spent) {
      ears()?.spent(spent)
      tellOthers(spent)
    },
    report({ measured, requests, refused, uses, captured, uncaptured, lines, memory: told }) {
      memory = told
      const { audit, observe } = ears() ?? {}
      if (!metrics.record(measured.map(sampleOf)))
        log.warn({ dropped: measured.length }, 'metrics dropped: too many wait')
      for (const [operation, status, seconds] of requests) observe?.('SageMaker Runtime', operation, status, seconds)
      for (const one of refused) recordRefusal(audit, { ...one, model: parts.model }, errorOf(one))
      for (const [key, region] of uses) void iam.noteUse(key, 'sagemaker', region).catch(() => {})
      for (const [origin, line] of captured) capture.keep(origin, line)
      for (const [origin, count] of uncaptured) capture.leave(origin, count)
      for (const { level, facts, message } of lines) log[level](facts, message)
    },
  }
  return {
    answers,
    memory: () => memory,
    end() {
      ended = true
      for (const ticket of tickets.keys()) void letGoOf(ticket)
      for (const letGo of leases.values()) letGo()
      leases.clear()
    },
  }
}

const sampleOf = ({ account, region, namespace, name, dimensions, unit, time, bucket }: Measured) => ({
  series: { account, region, namespace, name, dimensions: dimensionsText(dimensions), unit },
  ...{ time, resolution: 60 as const, values: [], bucket },
})

const errorOf = ({ isAuthFault, code, message }: Refused): ServiceError =>
  isAuthFault ? new AuthFault(code, message) : new AccessDenied(message, code)
