import { once } from 'node:events'
import { PassThrough, pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { type ByteStream, freeChunk } from '../ground/body.ts'
import { ServiceError } from '../ground/errors.ts'
import { type AnswerMemory, type AnswerPlace, createAnswerMemory } from './answer-memory.ts'
import type { SourceObject } from './channel.ts'
import type { Payload } from './payload.ts'
import { createThreadedProcessing, type ThreadedProcessing } from './processing-thread.ts'
import { split } from './splitter.ts'
import type { TransformPlan, TransformRun } from './transform.ts'
import { createSlots, inOrder, type Slots } from './transform-order.ts'
import { recordName } from './transform-record.ts'
import { send } from './transform-send.ts'

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
    processing: createThreadedProcessing(run.plan, run.account),
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
  readonly processing: ThreadedProcessing | undefined
  readonly slots: Slots
  readonly held: Slots
}

async function transformObject(lane: Lane, object: SourceObject): Promise<string | undefined> {
  const output = Object.assign(new PassThrough(), { release: freeChunk })
  // Whoever writes hears of a failure; when no one reads any more, it must not end the process.
  output.on('error', () => {})
  const written = lane.write(object, output)
  written.catch(() => {})
  let failed = false
  try {
    for await (const chunk of gathered(
      answers(lane, object, () => failed),
      lane.plan,
    ))
      if (!output.write(chunk)) await Promise.race([once(output, 'drain'), written])
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
  const memory = createAnswerMemory(lane.memory, lane.account)
  try {
    for await (const answer of answersInOrder(lane, object, memory, isOver)) {
      yield answer
      memory.written()
    }
  } finally {
    memory.close()
  }
}

async function* answersInOrder(
  lane: Lane,
  object: SourceObject,
  memory: AnswerMemory,
  isOver: () => boolean,
): AsyncGenerator<Uint8Array> {
  const { plan, processing, slots, held } = lane
  const read = async () => inflate(await lane.open(object), plan)
  const asOne = plan.split === 'None' || plan.strategy === 'MultiRecord'
  if (plan.maxPayloadBytes === 0 && asOne && !processing) {
    yield await slots.run(() => sendWhole(lane, read, memory.place(0), isOver))
    return
  }
  let asked = 0
  const ask = (payload: Payload) => {
    const number = asked++
    return slots.run(() => answerTo(lane, payload, memory.place(number), isOver))
  }
  const room: Slots = { ...held, tryTake: () => !memory.isFull() && held.tryTake() }
  const body: Readable & Pick<ByteStream, 'release'> = await lane.open(object)
  const chunks = inflate(body, plan)
  yield* inOrder(split(plan.compression === 'Gzip' ? chunks : released(chunks, body.release), plan), ask, room)
}

/** Gives each chunk back when the next one is asked for: a splitter copies what it keeps. */
async function* released(chunks: Chunks, release: ByteStream['release']): Chunks {
  for await (const chunk of chunks) {
    yield chunk
    release?.(chunk)
  }
}

/** Without a bound the object never stands in memory; each attempt reads it again. */
async function sendWhole(
  lane: Lane,
  read: () => Promise<Chunks>,
  place: AnswerPlace,
  isOver: () => boolean,
): Promise<Uint8Array> {
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
    return await send(lane, { where: 'the whole object', body, place, isOver })
  } catch (error) {
    throw fault ?? error
  }
}

type Chunks = AsyncGenerator<Uint8Array>

async function answerTo(lane: Lane, payload: Payload, place: AnswerPlace, isOver: () => boolean): Promise<Uint8Array> {
  const { processing, plan } = lane
  const whole = processing ? await processing.request(payload) : payload.body
  // Without a bound, what a container is sent comes in chunks.
  const body = plan.maxPayloadBytes === 0 ? async () => Readable.from([whole]) : () => whole
  const answer = await send(lane, { where: recordName(payload), body, place, isOver })
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

const large = 65_536

/** What is written, small answers together: the way of a chunk into the store costs more than a record's bytes. */
async function* gathered(bodies: Chunks, plan: TransformPlan): Chunks {
  let parts: Uint8Array[] = []
  let bytes = 0
  for await (const body of bodies)
    for (const piece of pieces(body, plan)) {
      if (bytes > 0 && bytes + piece.byteLength > large) {
        yield Buffer.concat(parts)
        parts = []
        bytes = 0
      }
      if (piece.byteLength > large) {
        yield piece
        continue
      }
      parts.push(piece)
      bytes += piece.byteLength
    }
  if (bytes > 0) yield Buffer.concat(parts)
}

const lineEnd = Buffer.from('\n')

/** With `Line`, every answer ends with a line end; without, answers are put together as they are. */
function pieces(body: Uint8Array, { assemble }: TransformPlan): Uint8Array[] {
  const ended = body.at(-1) === 0x0a
  return assemble === 'Line' && !ended ? [body, lineEnd] : [body]
}
