import { ServiceError } from '../ground/errors.ts'
import { answer } from '../ground/side-thread.ts'
import { createDataProcessing } from './data-processing.ts'
import type { Payload } from './payload.ts'
import type { TransformPlan } from './transform.ts'

/** A payload to be filtered, or an answer about it where there is one. */
export interface ProcessingRequest {
  readonly plan: TransformPlan
  readonly payload: Payload
  readonly answer?: Uint8Array
}

export type ProcessingReply = { readonly bytes: Uint8Array } | { readonly refused: string }

answer<ProcessingRequest, ProcessingReply>(({ plan, payload, answer }) => {
  try {
    const processing = createDataProcessing(plan)
    return { bytes: (answer ? processing?.output(payload, answer) : processing?.request(payload)) ?? payload.body }
  } catch (error) {
    // Errors lose their class on the way to another thread.
    if (error instanceof ServiceError) return { refused: error.message }
    throw error
  }
})
