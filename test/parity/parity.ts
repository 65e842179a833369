import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { forgetCalls, wasCalled } from './called.ts'

/** Where a test's expectation comes from. */
export interface Provenance {
  readonly mark: 'verified' | 'differs' | 'unverified'
  readonly text: string
}

/** AWS's own document says so: which one. */
export const verified = (document: string): Provenance => ({ mark: 'verified', text: document })
/** On purpose not as AWS: why. */
export const differs = (reason: string): Provenance => ({ mark: 'differs', text: reason })
/** No document says so: what it rests on. */
export const unverified = (ground: string): Provenance => ({ mark: 'unverified', text: ground })

/**
 * A test of what AWS's clients see of a service, by its model's `serviceId`. `operations` are those that it holds to their word, with
 * a space between: each must be asked by an official client while the test runs. `coverage.test.ts` looks that none is left out.
 */
export const parityOf =
  (service: string) =>
  (operations: string, { mark, text }: Provenance, title: string, run: (t: TestContext) => Promise<void>): void => {
    test(`${operations}: ${title} [${mark}: ${text}]`, async t => {
      forgetCalls()
      await run(t)
      const silent = operations.split(' ').filter(operation => !wasCalled(service, operation))
      assert.deepEqual(silent, [], 'the test names operations that it never calls')
    })
  }

/** Of SageMaker. */
export const parity = parityOf('SageMaker')

/** Asserts that a call is answered with this error, and that its message matches. */
export async function refused(call: Promise<unknown>, name: string, message: RegExp | string): Promise<void> {
  await assert.rejects(call, (error: Error & { name: string }) => {
    assert.equal(error.name, name, `${error.name}: ${error.message}`)
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    return true
  })
}

/** Asks until the answer is as wanted; fails after a minute and shows the last. */
export async function eventually<Answer>(
  ask: () => Promise<Answer>,
  wanted: (answer: Answer) => boolean,
): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    const answer = await ask()
    if (wanted(answer)) return answer
    assert.ok(tries < 1200, `not as wanted: ${JSON.stringify(answer)}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
