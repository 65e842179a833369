import { setTimeout as sleep } from 'node:timers/promises'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from './server-process.ts'

/** The Marketplace Discovery API. AWS's SDK has no package for it yet, so requests are signed with the SDK's own signer. */
export type Discovery = <Answer>(operation: string, input: object) => Promise<Answer>

/** The versions that an agreement lets its buyer use, newest first, under the ARNs that SageMaker takes. */
export type SubscribedVersions = (agreementId: string) => Promise<{ versions: readonly { arn: string }[] }>

export function createDiscovery(endpoint: string, credentials: Credentials): Discovery {
  const ask = signedAsk(endpoint, credentials)
  return (operation, input) =>
    ask('POST', `/2026-02-05/${operation.charAt(0).toLowerCase()}${operation.slice(1)}`, JSON.stringify(input))
}

/** ListSubscribedVersions of this server's own API. */
export function createSubscribedVersions(endpoint: string, credentials: Credentials): SubscribedVersions {
  const ask = signedAsk(endpoint, credentials)
  return agreementId => ask('GET', `/2026-11-29/agreements/${agreementId}/versions`)
}

function signedAsk(endpoint: string, credentials: Credentials) {
  const signer = new SignatureV4({ service: 'aws-marketplace', region: 'us-east-1', credentials, sha256: Sha256 })
  return async <Answer>(method: string, path: string, body?: string): Promise<Answer> => {
    const { hostname, port, host } = new URL(endpoint)
    const headers = { host, ...(body && { 'content-type': 'application/json' }) }
    const request = { method, protocol: 'http:', hostname, port: Number(port), path, headers, ...(body && { body }) }
    const signed = await signer.sign(request)
    const response = await fetchPatiently(`${endpoint}${path}`, {
      method,
      headers: signed.headers,
      ...(body && { body }),
    })
    const answer = (await response.json()) as Answer & { message?: string }
    if (!response.ok) throw new Error(`${path}: ${response.status} ${answer.message ?? JSON.stringify(answer)}`)
    return answer
  }
}

/** As AWS's clients do, tries again while no one answers. */
async function fetchPatiently(url: string, init: RequestInit): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(url, init)
    } catch (error) {
      if (attempt >= 10) throw error
      await sleep(200 * 2 ** Math.min(attempt, 4))
    }
  }
}
