import { Readable } from 'node:stream'
import { clock } from '../../ground/clock.ts'
import { BodyRefused, bodyMemory } from '../../ground/memory-budget.ts'
import { asyncBacklog, type Settled, type Waiting } from '../../runtime/async-backlog.ts'
import type { Platform } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import type { Transaction } from '../../store/store.ts'
import { AnswerTooLarge } from '../../workload/answer-limit.ts'
import { isGood, type OpenAnswer } from '../../workload/invocation.ts'
import type { Invoker } from '../../workload/invoke.ts'
import { connectionWords, plainText } from '../../workload/plain-words.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { AsyncFailure, isCallers } from './async-failure.ts'
import type { Slot } from './async-slots.ts'
import type { EndpointRow } from './endpoint.ts'

/** Of input and of answers. Source: SageMaker Developer Guide, "Asynchronous inference". */
const mostBytes = 1024 ** 3
const mostQuotedCharacters = 1024
/** Enough for as many characters. */
const mostQuotedBytes = 4 * mostQuotedCharacters
/** Source: SageMaker API Reference, AsyncInferenceNotificationConfig: a response of up to 128 KB. No more of it is kept in a row. */
export const mostToldBytes = 128 * 1024

/** An answer that is where it belongs, and how long its parts took, in milliseconds. */
export interface AsyncAnswer {
  readonly download: number
  readonly model: number
  readonly upload: number
  readonly contentType: string | undefined
  /** As long as it is no longer than a notification holds. */
  readonly content: Buffer | undefined
}

export interface AnswerParts {
  readonly platform: Platform
  readonly invoker: Invoker
}

/** No connection, or one that broke: whoever ended may be back soon. */
export class NoAnswer extends Error {}

/**
 * Reads the input as the model's role, asks the instance and writes what it answers to its place. Throws AsyncFailure when that cannot
 * become better, NoAnswer when the container may be asked again, and what is the platform's own trouble as it is.
 */
export async function answerAsync(
  { platform, invoker }: AnswerParts,
  row: EndpointRow,
  waiting: Waiting,
  { variant, instance }: Slot,
  signal: AbortSignal,
): Promise<AsyncAnswer> {
  const { invocation } = waiting
  const began = clock.elapsed()
  const role = await roleOf(platform, row, variant.name)
  const input = await inputOf(platform, role, invocation.input)
  const opened = clock.elapsed()
  const { contentType, accept, customAttributes, timeoutMs } = invocation
  const memory = bodyMemory.claim(row.account)
  const asked = { ...input, contentType, accept, customAttributes, memory }
  try {
    if (input.body instanceof Uint8Array) memory.grow(input.body.byteLength)
    const answer = await invoker
      .open(instance.addresses, asked, timeoutMs, signal)
      .catch(error => refuse(error, timeoutMs, signal))
    if (!isGood(answer)) throw await modelFailure(answer)
    const answered = clock.elapsed()
    const took = { download: opened - began, model: answered - opened }
    const settledBy = (content: Buffer | undefined): AsyncAnswer => ({
      ...{ ...took, upload: clock.elapsed() - answered, contentType: answer.contentType, content },
    })
    // In one commit with the object: a crash between the two would have the container asked again.
    const settle = (tx: Transaction, content: Buffer | undefined) =>
      asyncBacklog.settle(tx, waiting, settledOf(settledBy(content)))
    return settledBy(await write({ platform, role, row, settle }, invocation, answer, signal))
  } finally {
    memory.release()
    // The container need not have read all of it.
    if (input.body instanceof Readable) input.body.destroy()
  }
}

export async function roleOf({ iam }: Platform, row: EndpointRow, variant: string): Promise<Principal> {
  const { executionRole } = row.live?.variants.find(({ name }) => name === variant)?.model ?? {}
  return iam
    .assumeForService(executionRole as string, 'sagemaker.amazonaws.com', row.name, row.arn)
    .catch(error => blame('RequestDownloadFailures', 'The role of the model cannot be used', error))
}

async function inputOf({ objects }: Platform, role: Principal, input: Waiting['invocation']['input']) {
  if ('inline' in input) return { body: Buffer.from(input.inline, 'base64') }
  const { bucket, key } = parseS3Uri(input.location)
  const { body, size } = await objects
    .get(role, bucket, key)
    .catch(error => blame('RequestDownloadFailures', `The input ${input.location} cannot be read`, error))
  if (size <= mostBytes) return { body, bodySize: size }
  body.destroy()
  throw new AsyncFailure(
    'RequestDownloadFailures',
    `The input ${input.location} has ${size} bytes, more than the ${mostBytes} that a request may have.`,
  )
}

function blame(metric: AsyncFailure['metric'], what: string, error: unknown): never {
  if (isCallers(error)) throw new AsyncFailure(metric, `${what}: ${error.code}: ${error.message}`)
  throw error
}

function refuse(error: Error, timeoutMs: number, signal: AbortSignal): never {
  if (signal.aborted || error instanceof BodyRefused) throw error
  if (error.name === 'TimeoutError')
    throw new AsyncFailure('InvocationFailures', `The container did not answer within ${timeoutMs / 1000} s.`)
  if (error instanceof AnswerTooLarge) throw new AsyncFailure('InvocationFailures', `${error.message}.`)
  throw new NoAnswer(`The container gave no answer (${connectionWords(error)}).`)
}

async function modelFailure(answer: OpenAnswer): Promise<AsyncFailure> {
  const body = await answer.whole().catch((error: Error) => Buffer.from(error.message))
  const content = Buffer.from(body)
  const words = plainText(content.subarray(0, mostQuotedBytes).toString()).slice(0, mostQuotedCharacters)
  const kind = answer.status >= 400 && answer.status < 500 ? 'client' : 'server'
  const reason = `Received ${kind} error (${answer.status}) from model with message "${words}".`
  const told = content.length <= mostToldBytes && { content }
  return new AsyncFailure('InvocationFailures', reason, { status: answer.status, ...told })
}

const settledOf = ({ content, ...answer }: AsyncAnswer): Settled => ({
  ...{ kind: 'answer', ...answer },
  ...(content && { content: content.toString('base64') }),
})

/** What was settled before a crash, as it is told. */
export function outcomeOf(settled: Settled): AsyncAnswer | AsyncFailure {
  const content = settled.content === undefined ? undefined : Buffer.from(settled.content, 'base64')
  if (settled.kind === 'answer') {
    const { download, model, upload, contentType } = settled
    return { download, model, upload, contentType, content }
  }
  const { metric, reason, status } = settled
  const answer = { ...(status !== undefined && { status }), ...(content && { content }) }
  return new AsyncFailure(metric as AsyncFailure['metric'], reason, answer)
}

interface Writing {
  readonly platform: Platform
  readonly role: Principal
  readonly row: EndpointRow
  settle(tx: Transaction, content: Buffer | undefined): Promise<void>
}

/** Tells the answer, unless it is too long to be told. */
async function write(
  { platform: { objects }, role, row, settle }: Writing,
  { outputLocation: location, timeoutMs }: Waiting['invocation'],
  answer: OpenAnswer,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const { bucket, key } = parseS3Uri(location)
  const source: Source = { told: [] }
  const toldOf = () => source.told && Buffer.concat(source.told)
  const body = Readable.from(bounded(answer.body, source))
  const kmsKeyId = row.live?.async?.OutputConfig?.KmsKeyId
  const within = (tx: Transaction) => settle(tx, toldOf())
  const options = { ...(answer.contentType && { contentType: answer.contentType }), kmsKeyId, within }
  await objects.put(role, bucket, key, body, options).catch(error => {
    answer.leave()
    if (source.broken) return refuse(source.broken, timeoutMs, signal)
    return blame('ResponseUploadFailures', `The answer cannot be written to ${location}`, error)
  })
  return toldOf()
}

interface Source {
  broken?: Error
  /** What came, until it is more than a notification holds. */
  told: Uint8Array[] | undefined
}

/** The answer up to the limit; what broke it is kept, for whoever writes it tells it as its own. */
async function* bounded(body: AsyncIterable<Uint8Array>, source: Source): AsyncGenerator<Uint8Array> {
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.byteLength
      if (size > mostBytes) throw new AnswerTooLarge("the container's answer", mostBytes)
      if (size > mostToldBytes) source.told = undefined
      else source.told?.push(chunk)
      yield chunk
    }
  } catch (error) {
    source.broken = error as Error
    throw error
  }
}
