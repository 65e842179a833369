import { Agent, request } from 'undici'
import type { Answer, Invocation } from './invocation.ts'

/** Calls model containers; connections are kept and reused. */
export interface Invoker {
  /** `POST /invocations` at each address in turn, each with the answer of the one before. Rejects when there is no answer within the time. */
  invoke(addresses: readonly string[], invocation: Invocation, timeoutMs: number, signal?: AbortSignal): Promise<Answer>
  close(): Promise<void>
}

export function createInvoker(): Invoker {
  // The containers are on this machine: connecting takes long only when there is no one.
  const dispatcher = new Agent({
    connect: { timeout: 2000 },
    keepAliveTimeout: 4000,
    pipelining: 1,
    bodyTimeout: 0,
    headersTimeout: 0,
  })

  async function one(
    address: string,
    { body, contentType, accept, customAttributes }: Invocation,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const time = AbortSignal.timeout(timeoutMs)
    const headers: Record<string, string> = { 'content-length': String(body.byteLength) }
    if (contentType) headers['content-type'] = contentType
    if (accept) headers.accept = accept
    if (customAttributes) headers['x-amzn-sagemaker-custom-attributes'] = customAttributes
    const response = await request(`${address}/invocations`, {
      method: 'POST',
      dispatcher,
      body,
      headers,
      signal: signal ? AbortSignal.any([signal, time]) : time,
    })
    const value = (name: string) => response.headers[name]?.toString()
    return {
      status: response.statusCode,
      contentType: value('content-type'),
      customAttributes: value('x-amzn-sagemaker-custom-attributes'),
      metering: value('x-amzn-inference-metering'),
      body: await response.body.bytes(),
    }
  }

  return {
    async invoke(addresses, invocation, timeoutMs, signal) {
      let answer: Answer | undefined
      for (const address of addresses) {
        const next = answer ? { ...invocation, body: answer.body, contentType: answer.contentType } : invocation
        answer = await one(address, next, timeoutMs, signal)
        if (answer.status < 200 || answer.status >= 300) return answer
      }
      return answer as Answer
    },
    close: () => dispatcher.destroy(),
  }
}
