import type { IncomingMessage } from 'node:http'
import { answerProblems } from '../gateway/answer-check.ts'
import { signingOf } from '../gateway/asking.ts'
import { requireGood } from '../gateway/authenticate.ts'
import { createCallLedger, type NoteSuccess } from '../gateway/call-ledger.ts'
import { holderOf, memoryOf } from '../gateway/exchange.ts'
import { createIdentify, unsigned } from '../gateway/identify.ts'
import { networkOf, type RequestLimits, throttled } from '../gateway/rate-limit.ts'
import { type Arrival, receive, receiveHeld } from '../gateway/receive-request.ts'
import { served } from '../gateway/served.ts'
import { clock } from '../ground/clock.ts'
import { isDiskFull } from '../ground/disk-full.ts'
import { ServiceError } from '../ground/errors.ts'
import type { MemoryClaim } from '../ground/memory-budget.ts'
import { turns } from '../ground/turns.ts'
import type { Caller } from '../iam/leave.ts'
import { validate } from '../model/validator.ts'
import { AuthFault } from '../protocol/auth-fault.ts'
import type { SigV4Claim } from '../protocol/claim.ts'
import type { WireRequest, WireResponse } from '../protocol/message.ts'
import { restJson } from '../protocol/rest-json.ts'
import type { InvocationContext } from '../runtime/runtime-operation.ts'
import type { Access } from '../service/access.ts'
import type { Surroundings } from '../service/iam.ts'
import type { Principal } from '../service/principal.ts'
import type { Service } from '../service/service.ts'
import type { KnownCallers } from './known-callers.ts'
import { createKnownLeave } from './known-leave.ts'
import { createKnownRequests } from './known-requests.ts'
import type { WorkerReport } from './worker-report.ts'

/** A request that has arrived, however it was read. */
export interface Arrived {
  readonly request: WireRequest
  readonly requestId: string
  readonly sourceIp: string
  readonly isSecure: boolean
  /** The body: whole, or still to be read. */
  readonly incoming: IncomingMessage | Uint8Array
  /** Tells a client that waits for it to send the body. */
  readonly proceed: () => void
  /** Ends when the client goes away. */
  readonly signal: () => AbortSignal
  /** Whose memory its body holds, once that is known; given back by whoever sends the answer. */
  memory?: MemoryClaim
}

/** Answers a request; errors are answers too. */
export type AnswerInvocation = (arrived: Arrived) => Promise<WireResponse>

export interface AnswerParts {
  /** SageMaker Runtime. */
  readonly service: Service
  readonly callers: KnownCallers
  readonly report: WorkerReport
  readonly context: Omit<InvocationContext, 'account' | 'region' | 'memory' | 'signal'>
  readonly limits: RequestLimits
  readonly checkAnswers: boolean
  readonly callLedger?: string | undefined
}

/** What is known of a request so far. */
interface Known {
  operation?: string
  region?: string
  accessKeyId?: string
  principal?: Principal
  isProven: boolean
  readonly asked: Access[]
}

/** Credentials and keys of answers are nobody's to keep, as in the server. */
const keptByNobody = { 'cache-control': 'no-store' } as const

/**
 * The path of an invocation in a worker, of the same parts as the server's (`gateway.ts`): signature, body, shape, leave, answer. Only
 * signed requests to SageMaker Runtime are known.
 */
export function createAnswerInvocation(parts: AnswerParts): AnswerInvocation {
  const { service, callers, report, context, limits } = parts
  const runtime = served(service)
  const requests = createKnownRequests(createIdentify([runtime], () => undefined))
  const noteSuccess: NoteSuccess = parts.callLedger ? createCallLedger(parts.callLedger) : () => {}
  const leave = createKnownLeave()

  async function call(arrived: Arrived, known: Known): Promise<WireResponse> {
    const { request, requestId, signal, incoming, proceed } = arrived
    if (!limits.addresses.take(networkOf(arrived.sourceIp))) throw throttled('json')
    const time = new Date(clock.now())
    const claim = requests.claim(request)
    if (!claim) throw unsigned('json')
    const target = requests.target(request, claim)
    const { model } = runtime
    known.operation = target.operation?.name ?? ''
    known.accessKeyId = claim.accessKeyId
    known.region = claim.region
    const caller = callers.known(claim.accessKeyId) ?? (await callers.get(claim.accessKeyId))
    const credential = requireGood(caller?.credential, claim, 'json', time)
    const { principal } = credential
    const { account } = principal
    known.principal = principal
    const holder = holderOf(request, claim, account)
    const memory = memoryOf(holder, account)
    arrived.memory = memory
    const proven = () => {
      known.isProven = true
    }
    const signer = { claim, credential }
    const admit = async () => proven()
    const arrival = { incoming, request, target, signer, now: time, memory, holder, admit, proceed }
    const { operation, request: plain, body } = isHeld(arrival) ? receiveHeld(arrival, proven) : await receive(arrival)
    proven()
    requests.proven(request, claim, target)
    if (!limits.accounts.take(account)) throw throttled('json', model)
    report.used(claim.accessKeyId, claim.region)
    const turn = turns.take(account)
    if (turn) await turn

    const one = service.operations[operation.name]
    if (!one) throw new ServiceError('UnsupportedOperation', `${operation.name} is not served here.`, { status: 400 })
    const parsed = restJson.parse({ model, operation, request: plain, labels: target.labels, body })
    const input = parsed instanceof Promise ? await parsed : parsed
    if (operation.input) validate(model, operation.input, input, runtime.violation)
    const ctx: InvocationContext = { ...context, account, region: claim.region, memory, signal: signal() }
    const asks = one.access(input, ctx as never, operation.name)
    // What was told of the caller may have been taken back while the body came, or the turn.
    const still = callers.known(claim.accessKeyId) ?? (await callers.get(claim.accessKeyId))
    if (still !== caller) requireGood(still?.credential, claim, 'json', time)
    for (const access of asks instanceof Promise ? await asks : asks) {
      known.asked.push(access)
      leave.require(still as Caller, access, time, () => surroundingsOf(arrived, claim))
    }
    const output = (await one.run(input, ctx as never)) as Record<string, unknown>
    const last = turns.takeAgain(account)
    if (last) await last
    const problems = parts.checkAnswers && operation.output ? answerProblems(model, operation.output, output) : []
    if (problems.length > 0) throw new Error(`The answer of ${operation.name} breaks its model: ${problems.join('; ')}`)
    noteSuccess(runtime.name, operation.name, request.headers['user-agent'] ?? '')
    const answer = restJson.serialize({ model, operation, request: plain }, output, requestId)
    return { ...answer, headers: { ...answer.headers, ...keptByNobody } }
  }

  function refuse(arrived: Arrived, known: Known, error: unknown): WireResponse {
    const { request, requestId } = arrived
    if (error instanceof AuthFault || (error instanceof ServiceError && error.code.startsWith('AccessDenied')))
      report.refused(refusedOf(arrived, known, error))
    const told = error instanceof ServiceError ? error : internalFailure(requestId, known, error)
    return restJson.serializeError({ model: runtime.model, request, requestId }, told)
  }

  function internalFailure(requestId: string, { operation }: Known, err: unknown): ServiceError {
    report.log.error({ err, requestId, operation }, 'internal failure')
    const what = isDiskFull(err) ? 'The disk of this installation is full' : 'An internal error occurred'
    return new ServiceError('InternalFailure', `${what}. The request was ${requestId}.`, { status: 500 })
  }

  return async arrived => {
    const began = clock.elapsed()
    const known: Known = { isProven: false, asked: [] }
    const answer = await call(arrived, known).catch(error => refuse(arrived, known, error))
    report.answered(known.operation || 'unknown', answer.status, (clock.elapsed() - began) / 1000)
    return answer
  }
}

/** Whether all of it is here, as it was signed. */
const isHeld = (arrival: Arrival): arrival is Parameters<typeof receiveHeld>[0] =>
  arrival.incoming instanceof Uint8Array && arrival.target.operation !== undefined

const surroundingsOf = ({ sourceIp, isSecure, request }: Arrived, claim: SigV4Claim): Surroundings => ({
  ...{ sourceIp, secure: isSecure, region: claim.region },
  userAgent: request.headers['user-agent'],
  referer: request.headers.referer,
  // Worked out when a policy asks.
  get signing() {
    return signingOf(claim, request)
  },
})

function refusedOf({ requestId, sourceIp, request }: Arrived, known: Known, error: ServiceError) {
  const { operation, region, accessKeyId, principal, isProven, asked } = known
  return {
    ...{ requestId, sourceIp, operation, region, accessKeyId, principal, isProven, asked },
    userAgent: request.headers['user-agent'] ?? '',
    isAuthFault: error instanceof AuthFault,
    code: error.code,
    message: error.message,
  }
}
