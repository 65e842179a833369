import type { Readable } from 'node:stream'
import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import { AnswerTooLarge } from './answer-too-large.ts'
import { type Answer, type Invocation, isGood } from './invocation.ts'
import { connectionWords, plainText } from './plain-words.ts'
import type { TransformRun } from './transform.ts'

/** How a failure begins whose connection broke: the container may have ended. */
export const noAnswer = 'the container gave no answer'

/**
 * Asks the container, again after a server error or no answer. A 4xx is the container's word on the data. `where` names the records
 * in the ServiceError that tells a refusal.
 */
export async function send(
  run: TransformRun,
  where: string,
  body: () => Invocation['body'] | Promise<Readable>,
  isOver: () => boolean,
): Promise<Uint8Array> {
  const { contentType, accept, maxRetries } = run.plan
  for (let attempt = 0; ; attempt++) {
    if (run.signal.aborted || isOver()) throw new Error('the transform was interrupted')
    const given = body()
    const outcome = await attempted(run, { body: given instanceof Promise ? await given : given, contentType, accept })
    if (run.signal.aborted) throw new Error('the transform was interrupted')
    if (!(outcome instanceof Error) && isGood(outcome)) return outcome.body
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
  if (outcome instanceof Error)
    return outcome.name === 'TimeoutError'
      ? 'the container did not answer in time'
      : `${noAnswer} (${connectionWords(outcome)})`
  return `the container answered ${outcome.status} "${plainText(Buffer.from(outcome.body.subarray(0, mostQuotedBytes)).toString()).slice(0, 200)}"`
}
