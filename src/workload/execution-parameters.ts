import { request } from 'undici'
import { ServiceError } from '../ground/errors.ts'
import { AnswerTooLarge } from './answer-limit.ts'

const mostBytes = 64 * 1024
/** Of the whole answer: a byte now and then would be an answer of a day. */
const usualTimeoutMs = 10_000

export interface ExecutionParameters {
  readonly MaxConcurrentTransforms?: number
  readonly BatchStrategy?: 'MULTI_RECORD' | 'SINGLE_RECORD'
  readonly MaxPayloadInMB?: number
}

/**
 * What a container says of itself at `GET /execution-parameters`; empty when it does not serve that path, answers nonsense or not in time. Throws a
 * ServiceError of code `ClientError` for an answer of more than 64 KiB. Source: SageMaker Developer Guide, "Use Your Own Inference Code with Batch Transform".
 */
export async function executionParameters(
  address: string,
  timeoutMs: number = usualTimeoutMs,
): Promise<ExecutionParameters> {
  try {
    const times = { headersTimeout: 2000, bodyTimeout: 2000, signal: AbortSignal.timeout(timeoutMs) }
    const response = await request(`${address}/execution-parameters`, times)
    const text = await boundedText(response.body)
    if (response.statusCode !== 200) return {}
    const { MaxConcurrentTransforms, BatchStrategy, MaxPayloadInMB } = JSON.parse(text)
    return {
      ...(isCount(MaxConcurrentTransforms, 1) && { MaxConcurrentTransforms }),
      ...(['MULTI_RECORD', 'SINGLE_RECORD'].includes(BatchStrategy) && { BatchStrategy }),
      ...(isCount(MaxPayloadInMB, 0) && { MaxPayloadInMB }),
    }
  } catch (error) {
    if (error instanceof AnswerTooLarge) throw new ServiceError('ClientError', error.message)
    return {}
  }
}

const isCount = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least

async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop closes the connection.
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > mostBytes) throw new AnswerTooLarge("the container's answer to GET /execution-parameters", mostBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
