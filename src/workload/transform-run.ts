import { once } from 'node:events'
import { PassThrough, pipeline, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { ServiceError } from '../service/errors.ts'
import { AnswerTooLarge } from './answer-too-large.ts'
import type { SourceObject } from './channel.ts'
import { createDataProcessing, type DataProcessing } from './data-processing.ts'
import type { Answer, Invocation } from './invocation.ts'
import { type Payload, split } from './splitter.ts'
import type { TransformPlan, TransformRun } from './transform.ts'

/**
 * Sends every object through the model, at most `maxConcurrent` payloads at once over all objects, and writes each object's
 * answers in the order of its records. Returns a sentence for each object that failed; it has no output, the others have theirs.
 * When the fault is not the data's or the container's, it ends the whole run and is thrown once nothing is under way any more.
 */
export async function runTransform(run: TransformRun): Promise<string[]> {
  const { maxConcurrent } = run.plan
  const fault = new AbortController()
  const lane: Lane = {
    ...run,
    signal: AbortSignal.any([run.signal, fault.signal]),
    processing: createDataProcessing(run.plan),
    slots: createSlots(maxConcurrent),
    // Payloads and answers in memory, whatever the number of objects: enough to keep the container busy behind a slow one.
    held: createSlots(2 * maxConcurrent + 1),
  }
  const failures: string[] = []
  const waiting = [...run.objects]
  const work = async () => {
    for (let object = waiting.shift(); object && !lane.signal.aborted; object = waiting.shift()) {
      const failure = await transformObject(lane, object)
      if (failure) failures.push(failure)
    }
  }
  // A lane more than slots keeps the container busy while an object is opened or its output is made durable.
  const lanes = Array.from({ length: maxConcurrent + 1 }, () => work().catch(error => fault.abort(error)))
  await Promise.all(lanes)
  lane.signal.throwIfAborted()
  return failures
}

interface Lane extends TransformRun {
  readonly processing: DataProcessing | undefined
  readonly slots: Slots
  readonly held: Slots
}

async function transformObject(lane: Lane, object: SourceObject): Promise<string | undefined> {
  const output = new PassThrough()
  // Whoever writes hears of a failure; when no one reads any more, it must not end the process.
  output.on('error', () => {})
  const written = lane.write(object, output)
  written.catch(() => {})
  let failed = false
  try {
    for await (const body of answers(lane, object, () => failed))
      for (const piece of pieces(body, lane.plan))
        if (!output.write(piece)) await Promise.race([once(output, 'drain'), written])
    output.end()
    await written
    return undefined
  } catch (error) {
    failed = true
    output.destroy(error as Error)
    await written.catch(() => {})
    if (lane.signal.aborted || !(error instanceof ServiceError)) throw error
    return `s3://${object.bucket}/${object.key}: ${error.message}`
  }
}

async function* answers(lane: Lane, object: SourceObject, isOver: () => boolean): AsyncGenerator<Uint8Array> {
  const { plan, processing, slots, held } = lane
  const read = async () => inflate(await lane.open(object), plan)
  if (plan.maxPayloadBytes === 0 && plan.split === 'None' && !processing) {
    yield await slots.run(() => sendWhole(lane, read, isOver))
    return
  }
  const ask = (payload: Payload) => slots.run(() => answerTo(lane, payload, isOver))
  yield* inOrder(split(await read(), plan), ask, held)
}

/** Without a bound the object never stands in memory; each attempt reads it again. */
async function sendWhole(lane: Lane, read: () => Promise<Chunks>, isOver: () => boolean): Promise<Uint8Array> {
  let fault: unknown
  async function* watched(chunks: Chunks): Chunks {
    try {
      yield* chunks
    } catch (error) {
      // Not the container's: asking again would not help.
      fault = error
      throw error
    }
  }
  const body = async () => {
    if (fault) throw fault
    return Readable.from(watched(await read()), { objectMode: false })
  }
  try {
    return await send(lane, { first: 0, last: 0 }, body, isOver)
  } catch (error) {
    throw fault ?? error
  }
}

type Chunks = AsyncGenerator<Uint8Array>

async function answerTo(lane: Lane, payload: Payload, isOver: () => boolean): Promise<Uint8Array> {
  const { processing } = lane
  const body = processing ? processing.request(payload) : payload.body
  const answer = await send(lane, payload, () => body, isOver)
  if (!processing) return answer
  return processing.output(payload, answer)
}

async function* inflate(body: Readable, { compression }: TransformPlan): AsyncGenerator<Uint8Array> {
  // A failure ends the reading side, which is where it is heard.
  const plain = compression === 'Gzip' ? pipeline(body, createGunzip({ chunkSize: 65_536 }), () => {}) : body
  try {
    yield* plain as AsyncIterable<Uint8Array>
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw code?.startsWith('Z_') ? new ServiceError('ClientError', `the object is not whole gzip: ${message}`) : error
  }
}

const lineEnd = Buffer.from('\n')

/** With `Line`, every answer ends with a line end; without, answers are put together as they are. */
function pieces(body: Uint8Array, { assemble }: TransformPlan): Uint8Array[] {
  const ended = body.at(-1) === 0x0a
  return assemble === 'Line' && !ended ? [body, lineEnd] : [body]
}

/** Asks the container, again after a server error or no answer. A 4xx is the container's word on the data. */
async function send(
  run: TransformRun,
  { first, last }: Pick<Payload, 'first' | 'last'>,
  body: () => Invocation['body'] | Promise<Readable>,
  isOver: () => boolean,
): Promise<Uint8Array> {
  const { contentType, accept, maxRetries } = run.plan
  const where = first === last ? `record ${first}` : `records ${first} to ${last}`
  for (let attempt = 0; ; attempt++) {
    if (run.signal.aborted || isOver()) throw new Error('the transform was interrupted')
    const outcome = await run.invoke({ body: await body(), contentType, accept }).catch((error: Error) => error)
    if (run.signal.aborted) throw new Error('the transform was interrupted')
    if (!(outcome instanceof Error) && outcome.status >= 200 && outcome.status < 300) return outcome.body
    const refused = outcome instanceof Error ? outcome instanceof AnswerTooLarge : outcome.status < 500
    if (refused || attempt >= maxRetries)
      throw new ServiceError('ClientError', `${where}: ${describe(outcome)} after ${attempt + 1} attempt(s)`)
    await sleep(Math.min(100 * 2 ** attempt, 2000), undefined, { signal: run.signal })
  }
}

function describe(outcome: Answer | Error): string {
  if (outcome instanceof AnswerTooLarge) return outcome.message
  if (outcome instanceof Error)
    return outcome.name === 'TimeoutError'
      ? 'the container did not answer in time'
      : `the container gave no answer (${outcome.message})`
  return `the container answered ${outcome.status} "${Buffer.from(outcome.body).toString().trim().slice(0, 200)}"`
}

/** Works on as many items at once as there are slots and yields the results in the order of the items. */
async function* inOrder<Item, Result>(
  items: AsyncGenerator<Item>,
  work: (item: Item) => Promise<Result>,
  slots: Slots,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = []
  try {
    for (;;) {
      // Others may hold every slot; waiting for one without giving back its own would be waiting for ever.
      if (pending.length === 0) await slots.take()
      else if (!slots.tryTake()) {
        yield await (pending[0] as Promise<Result>)
        pending.shift()
        slots.give()
        continue
      }
      const next = await items.next().catch((error: Error) => error)
      if (next instanceof Error || next.done) slots.give()
      if (next instanceof Error) throw next
      if (next.done) break
      const result = work(next.value)
      result.catch(() => {})
      pending.push(result)
    }
    for (; pending.length > 0; pending.shift(), slots.give()) yield await (pending[0] as Promise<Result>)
  } finally {
    for (const _ of pending) slots.give()
    await items.return(undefined)
  }
}

interface Slots {
  take(): Promise<void>
  tryTake(): boolean
  give(): void
  run<T>(work: () => Promise<T>): Promise<T>
}

function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  const slots: Slots = {
    tryTake: () => free > 0 && free-- > 0,
    async take() {
      if (!slots.tryTake()) await new Promise<void>(resolve => waiting.push(resolve))
    },
    give() {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
    async run(work) {
      await slots.take()
      try {
        return await work()
      } finally {
        slots.give()
      }
    },
  }
  return slots
}
