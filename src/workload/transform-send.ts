import type { Readable } from 'node:stream'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { BodyRefused } from '../ground/memory-budget.ts'
import { AnswerTooLarge } from './answer-limit.ts'
import type { AnswerPlace } from './answer-memory.ts'
import { type Answer, type Invocation, isGood } from './invocation.ts'
import { connectionWords, plainText } from './plain-words.ts'
import type { TransformRun } from './transform.ts'

/** How a failure begins whose connection broke: the container may have ended. */
export const noAnswer = 'the container gave no answer'

interface Question {
  /** Names the records in the ServiceError that tells a refusal. */
  readonly where: string
  readonly body: () => Invocation['body'] | Promise<Readable>
  /** Where the answer is held. */
  readonly place: AnswerPlace
  readonly isOver: () => boolean
}

/** Times that an answer is asked for again for which other accounts leave no memory, at most two seconds apart: they give theirs back. */
const mostRefusals = 30

/**
 * Asks the container, again after a server error or no answer, and when there is no memory for its answer now. A 4xx is the container's
 * word on the data.
 */
export async function send(run: TransformRun, { where, body, place, isOver }: Question): Promise<Uint8Array> {
  const { contentType, accept, maxRetries } = run.plan
  let refusals = 0
  for (let attempt = 0; ; attempt++) {
    if (run.signal.aborted || isOver()) throw new Error('the transform was interrupted')
    const memory = await place.claim(run.signal)
    const given = body()
    const asked = { body: given instanceof Promise ? await given : given, contentType, accept }
    const outcome = await attempted(run, { ...asked, memory })
    if (run.signal.aborted) throw new Error('the transform was interrupted')
    if (!(outcome instanceof Error) && isGood(outcome)) return outcome.body
    memory.release()
    if (outcome instanceof BodyRefused && refusals < mostRefusals) {
      if (!(await place.more(run.signal))) await clock.sleep(Math.min(100 * 2 ** refusals++, 2000), run.signal)
      attempt--
      continue
    }
    const refused = outcome instanceof Error ? outcome instanceof AnswerTooLarge : outcome.status < 500
    if (refused || attempt >= maxRetries)
      throw new ServiceError('ClientError', `${where}: ${describe(outcome)} after ${attempt + 1} attempt(s)`)
    await clock.sleep(Math.min(100 * 2 ** attempt, 2000), run.signal)
  }
}

async function attempted(run: TransformRun, invocation: Invocation): Promise<Answer | Error> {
  try {
    return await run.invoke(invocation)
  } catch (error) {
    return error as Error
  }
}

const mostQuotedBytes = 64 * 1024

function describe(outcome: Answer | Error): string {
  if (outcome instanceof AnswerTooLarge) return outcome.message
  if (outcome instanceof BodyRefused) return `the container's answer was not taken. ${outcome.message}`
  if (outcome instanceof Error)
    return outcome.name === 'TimeoutError'
      ? 'the container did not answer in time'
      : `${noAnswer} (${connectionWords(outcome)})`
  return `the container answered ${outcome.status} "${plainText(Buffer.from(outcome.body.subarray(0, mostQuotedBytes)).toString()).slice(0, 200)}"`
}
