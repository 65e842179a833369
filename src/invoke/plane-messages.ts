import type { RateLimits, Spent } from '../gateway/rate-limit.ts'
import type { Caller } from '../iam/leave.ts'
import type { Bucket } from '../metrics/metric-bucket.ts'
import type { CaptureOrigin } from '../runtime/data-capture.ts'
import type { MeteringSync } from '../runtime/journal-directory.ts'
import type { Route, RouteInstance, RouteVariant } from '../runtime/routing-table.ts'
import type { In } from '../runtime/runtime-operation.ts'
import type { SessionKey, SessionPlace } from '../runtime/sessions.ts'
import type { Access } from '../service/access.ts'
import type { CountBatch, InferenceCount } from '../service/market.ts'
import type { Principal } from '../service/principal.ts'

/** What a worker and the control plane must both understand: a worker that was left by another version, or with other settings, is replaced. */
export const planeVersion = `10 ${process.version}`

/** Where invocations are taken. */
export interface Place {
  readonly host: string
  readonly port: number
}

/** All that a worker needs to begin. */
export interface Opening {
  /** Of port 0 any free one. */
  readonly place: Place
  readonly routes: readonly WireRoute[]
  /** Files of a certificate and its key. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  readonly rates: RateLimits
  readonly checkAnswers: boolean
  /** Whether inferences are counted before they are answered, and not kept on a disk meanwhile. */
  readonly countsAtOnce: boolean
  /** Otherwise, whether the disk has what an answer costs before it is given. */
  readonly meteringSync: MeteringSync
  readonly callLedger?: string | undefined
}

/** A route without what only the control plane can do: load models. */
export type WireRoute = Omit<Route, 'variants'> & {
  readonly variants: readonly (Omit<RouteVariant, 'instances'> & { readonly instances: readonly WireInstance[] })[]
}
export type WireInstance = Omit<RouteInstance, 'models'> & { readonly isMultiModel?: true }

/** A request that was refused, for the security log. */
export interface Refused {
  readonly requestId: string
  readonly sourceIp: string
  readonly userAgent: string
  readonly operation: string | undefined
  readonly region: string | undefined
  readonly accessKeyId: string | undefined
  readonly principal: Principal | undefined
  readonly isProven: boolean
  readonly asked: readonly Access[]
  /** Whether its signature was refused, rather than its leave. */
  readonly isAuthFault: boolean
  readonly code: string
  readonly message: string
}

/** Values of one metric within a minute. */
export interface Measured {
  readonly account: string
  readonly region: string
  readonly namespace: string
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly unit: string
  /** Milliseconds. */
  readonly time: number
  readonly bucket: Bucket
}

/** What a worker tells of the time since it told last; of what does not fit, only how much. */
export interface Report {
  readonly measured: readonly Measured[]
  readonly requests: readonly (readonly [operation: string, status: number, seconds: number])[]
  readonly refused: readonly Refused[]
  readonly uses: readonly (readonly [accessKeyId: string, region: string])[]
  readonly captured: readonly (readonly [origin: CaptureOrigin, line: string])[]
  /** How many found no room among these. */
  readonly uncaptured: readonly (readonly [origin: CaptureOrigin, count: number])[]
  readonly lines: readonly LogLine[]
  readonly memory: WorkerMemory
}

/** Bytes; of bodies and answers that are held whole, what there is, the most, and how often there was none. */
export interface WorkerMemory {
  readonly held: number
  readonly limit: number
  readonly refusals: number
  readonly resident: number
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly facts: object
  readonly message: string
}

export interface ModelTicket {
  readonly stream: string
  readonly ticket: number
}

/** A model that a worker has got hold of, until it says that it has let go. */
export type ModelLease =
  | { readonly path: string; readonly waitedMs: number | undefined; readonly lease: number }
  | { readonly refused: { readonly status: number; readonly words: string } }

export interface NewSession {
  readonly key: SessionKey
  readonly place: SessionPlace
  readonly others: readonly string[]
}

/** What a worker asks. */
export type ControlAnswers = {
  /** Who signs with a key. */
  caller(accessKeyId: string): Promise<Caller | undefined>
  /** The route of an endpoint, as `FindRoute`. Throws ValidationError when there is none in service. */
  route(of: {
    readonly account: string
    readonly region: string
    readonly name: string
    readonly component?: string | undefined
  }): Promise<WireRoute>
  /** Which of the instances, by their log streams, a model is asked of; it is loaded there from then on. */
  chooseInstance(of: { readonly streams: readonly string[]; readonly model: string }): ModelTicket | undefined
  /** Resolves when the model is loaded. A ticket is good once, and for some seconds. */
  useModel(ticket: number): Promise<ModelLease>
  /** The container of a serverless endpoint, as `TakeLease`, until it is said that it is let go. */
  takeServerless(of: { readonly account: string; readonly region: string; readonly name: string }): Promise<{
    readonly instance: WireInstance
    readonly lease: number
  }>
  /** Of a model or of a serverless endpoint. */
  endLease(lease: number): void
  forgetModel(of: { readonly stream: string; readonly model: string }): void
  /** As `Sessions`: what is begun and ended here is so everywhere once it is answered. */
  findSession(key: SessionKey): Promise<SessionPlace | undefined>
  openSession(of: NewSession): Promise<boolean>
  closeSession(key: SessionKey): Promise<void>
  /** What a file of the worker's metering journal comes to, or what is about to be answered. */
  count(of: { readonly batch: CountBatch; readonly counts: readonly InferenceCount[] }): Promise<readonly string[]>
  acceptAsync(of: {
    readonly account: string
    readonly region: string
    readonly input: In<'InvokeEndpointAsync'>
  }): Promise<object>
  report(report: Report): void
  /** It has let these through: they count with everybody. */
  spent(spent: Spent): void
}

/** What the control plane asks: each is in effect when it is answered. */
export type WorkerAnswers = {
  greet(nothing: undefined): Greeting
  open(opening: Opening): Promise<{ readonly port: number }>
  setRoute(route: WireRoute): void
  removeRoute(arn: string): void
  /** What was told of callers may be wrong now. */
  forgetCallers(nothing: undefined): void
  /** It is closed. */
  forgetSession(key: SessionKey): void
  /** Somebody else has let these through. */
  spend(spent: Spent): void
  /** Whether an instance whose log stream ends so has something to answer. */
  isAsked(end: string): Promise<boolean>
  /** Takes nothing new, answers what it was asked, has its journal counted, and ends. */
  drain(nothing: undefined): void
}

export interface Greeting {
  readonly version: string
  readonly pid: number
  /** Where it takes invocations already. */
  readonly place: Place | undefined
  /** What it was opened with besides. */
  readonly settings: string | undefined
}

/** What a worker keeps for as long as it lives, whoever opens it again. */
export const settingsOf = ({ place, routes, ...settings }: Opening): string => JSON.stringify(settings)
