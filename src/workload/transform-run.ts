import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import { ServiceError } from '../service/errors.ts'
import type { SourceObject } from './channel.ts'
import type { Answer } from './invocation.ts'
import { type Payload, split } from './splitter.ts'
import type { TransformPlan, TransformRun } from './transform.ts'

/**
 * Sends every object through the model, at most `maxConcurrent` payloads at once over all objects, and writes each object's
 * answers in the order of its records. Returns a sentence for each object that failed; it has no output, the others have theirs.
 */
export async function runTransform(run: TransformRun): Promise<string[]> {
  const slots = createSlots(run.plan.maxConcurrent)
  const failures: string[] = []
  const waiting = [...run.objects]
  const lane = async () => {
    for (let object = waiting.shift(); object; object = waiting.shift()) {
      const failure = await transformObject(run, object, slots)
      if (failure) failures.push(failure)
    }
  }
  // A lane more than slots keeps the container busy while an object is opened or its output is made durable.
  await Promise.all(Array.from({ length: run.plan.maxConcurrent + 1 }, lane))
  return failures
}

async function transformObject(run: TransformRun, object: SourceObject, slots: Slots): Promise<string | undefined> {
  const output = new PassThrough()
  const written = run.write(object, output)
  written.catch(() => {})
  try {
    const input = inflate(await run.open(object), run.plan)
    for await (const body of inOrder(
      split(input, run.plan),
      payload => slots.run(() => send(run, payload)),
      run.plan.maxConcurrent + 1,
    ))
      for (const piece of pieces(body, run.plan))
        if (!output.write(piece)) await Promise.race([once(output, 'drain'), written])
    output.end()
    await written
    return undefined
  } catch (error) {
    output.destroy(error as Error)
    await written.catch(() => {})
    if (run.signal.aborted || !(error instanceof ServiceError)) throw error
    return `s3://${object.bucket}/${object.key}: ${error.message}`
  }
}

const inflate = (body: Readable, { compression }: TransformPlan): Readable =>
  compression === 'Gzip' ? body.compose(createGunzip()) : body

const lineEnd = Buffer.from('\n')

/** With `Line`, every answer ends with a line end; without, answers are put together as they are. */
function pieces(body: Uint8Array, { assemble }: TransformPlan): Uint8Array[] {
  const ended = body.at(-1) === 0x0a
  return assemble === 'Line' && !ended ? [body, lineEnd] : [body]
}

/** Asks the container, again after a server error or no answer. A 4xx is the container's word on the data. */
async function send(run: TransformRun, { first, last, body }: Payload): Promise<Uint8Array> {
  const { contentType, accept, maxRetries } = run.plan
  const where = first === last ? `record ${first}` : `records ${first} to ${last}`
  for (let attempt = 0; ; attempt++) {
    const outcome = await run.invoke({ body, contentType, accept }).catch((error: Error) => error)
    if (run.signal.aborted) throw new Error('the transform was interrupted')
    if (!(outcome instanceof Error) && outcome.status >= 200 && outcome.status < 300) return outcome.body
    const refused = !(outcome instanceof Error) && outcome.status < 500
    if (refused || attempt >= maxRetries)
      throw new ServiceError('ClientError', `${where}: ${describe(outcome)} after ${attempt + 1} attempt(s)`)
    await sleep(Math.min(100 * 2 ** attempt, 2000), undefined, { signal: run.signal })
  }
}

function describe(outcome: Answer | Error): string {
  if (outcome instanceof Error)
    return outcome.name === 'TimeoutError'
      ? 'the container did not answer in time'
      : `the container gave no answer (${outcome.message})`
  return `the container answered ${outcome.status} "${Buffer.from(outcome.body).toString().trim().slice(0, 200)}"`
}

/** Works on at most `ahead` items at once and yields the results in the order of the items. */
async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  ahead: number,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = []
  for await (const item of items) {
    const result = work(item)
    result.catch(() => {})
    pending.push(result)
    if (pending.length >= ahead) yield await (pending.shift() as Promise<Result>)
  }
  for (const result of pending) yield await result
}

interface Slots {
  run<T>(work: () => Promise<T>): Promise<T>
}

function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  return {
    async run(work) {
      if (free > 0) free--
      else await new Promise<void>(resolve => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free++
      }
    },
  }
}
