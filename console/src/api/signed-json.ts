import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { credentials } from '../session/session.ts'
import { lostAnswer } from './lost-answer.ts'

/** What an API refused, with what errors of AWS's clients have. */
class Refusal extends Error {
  readonly $metadata: { readonly requestId: string | undefined }

  constructor(name: string, message: string, requestId: string | undefined) {
    super(message)
    this.name = name
    this.$metadata = { requestId }
  }
}

/** APIs that AWS's SDK has no client for, and this server's own: JSON, signed by the SDK's signer. */
export function signedJson(service: string, region: string) {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 })
  return async <Answer>(method: string, path: string, input?: object): Promise<Answer> => {
    const url = new URL(path, window.location.origin)
    const body = input && JSON.stringify(input)
    const signed = await signer.sign({
      ...{ method, protocol: url.protocol, hostname: url.hostname, path: url.pathname },
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, ...(body && { 'content-type': 'application/json' }) },
      body,
    })
    // Browsers set the host themselves.
    const { host: _, ...headers } = signed.headers
    const response = await fetch(url, { method, headers, ...(body && { body }) }).catch(error => {
      throw lostAnswer(error, path.split(/[/?]/).at(-1) ?? '', { method, body })
    })
    const answer = await response.json().catch(() => ({}))
    if (response.ok) return answer as Answer
    const requestId = response.headers.get('x-amzn-requestid') ?? undefined
    const name = response.headers.get('x-amzn-errortype') ?? `${response.status}`
    throw new Refusal(name, answer.message ?? response.statusText, requestId)
  }
}
