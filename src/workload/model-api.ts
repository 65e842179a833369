import { Agent, request } from 'undici'
import { plainText } from './plain-words.ts'

/** What a container of a multi-model endpoint says to being asked to load or unload: its status and the beginning of its words. */
export interface ModelApiAnswer {
  readonly status: number
  readonly words: string
}

/** The models of one container. Source: SageMaker Developer Guide, "Custom Containers Contract for Multi-Model Endpoints". */
export interface ModelApi {
  /** `POST /models`. Rejects when there is no answer within the time that a load may take. */
  load(name: string, target: string): Promise<ModelApiAnswer>
  /** `DELETE /models/NAME`. */
  unload(name: string, target: string): Promise<ModelApiAnswer>
}

/** Where a container finds the model of this name. */
export const modelUrl = (name: string): string => `/opt/ml/models/${name}/model`

/** Source: as above, and "Invoke a Multi-Model Endpoint": loading may go on for six minutes. */
const timeoutMs = 360_000
const mostQuotedCharacters = 1024
const agent = new Agent({ connect: { timeout: 2000 }, keepAliveTimeout: 1000, bodyTimeout: 0, headersTimeout: 0 })

/** `address`: `http://HOST:PORT`. */
export function createModelApi(address: string): ModelApi {
  const ask = async (
    method: 'POST' | 'DELETE',
    path: string,
    target: string,
    body?: object,
  ): Promise<ModelApiAnswer> => {
    const response = await request(`${address}${path}`, {
      ...{ method, dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) },
      headers: { 'content-type': 'application/json', 'x-amzn-sagemaker-target-model': target },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: response.statusCode, words: await beginning(response.body) }
  }
  return {
    load: (name, target) => ask('POST', '/models', target, { model_name: name, url: modelUrl(name) }),
    unload: (name, target) => ask('DELETE', `/models/${name}`, target),
  }
}

/** Enough of it to show: the container is not trusted to end. */
async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of body) {
    text += chunk.toString('utf8', 0, mostQuotedCharacters)
    if (text.length >= mostQuotedCharacters) break
  }
  return plainText(text).slice(0, mostQuotedCharacters)
}
