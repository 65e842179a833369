import { request } from 'undici'

export interface ExecutionParameters {
  readonly MaxConcurrentTransforms?: number
  readonly BatchStrategy?: 'MULTI_RECORD' | 'SINGLE_RECORD'
  readonly MaxPayloadInMB?: number
}

/**
 * What a container says of itself at `GET /execution-parameters`; empty when it does not serve that path or answers nonsense.
 * Source: SageMaker Developer Guide, "Use Your Own Inference Code with Batch Transform".
 */
export async function executionParameters(address: string): Promise<ExecutionParameters> {
  try {
    const response = await request(`${address}/execution-parameters`, { headersTimeout: 2000, bodyTimeout: 2000 })
    const body = await response.body.text()
    if (response.statusCode !== 200) return {}
    const { MaxConcurrentTransforms, BatchStrategy, MaxPayloadInMB } = JSON.parse(body)
    return {
      ...(isCount(MaxConcurrentTransforms, 1) && { MaxConcurrentTransforms }),
      ...(['MULTI_RECORD', 'SINGLE_RECORD'].includes(BatchStrategy) && { BatchStrategy }),
      ...(isCount(MaxPayloadInMB, 0) && { MaxPayloadInMB }),
    }
  } catch {
    return {}
  }
}

const isCount = (value: unknown, least: number): boolean => Number.isInteger(value) && (value as number) >= least
