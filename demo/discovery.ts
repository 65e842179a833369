import { setTimeout as sleep } from 'node:timers/promises'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from './server-process.ts'

/** The Marketplace Discovery API. AWS's SDK has no package for it yet, so requests are signed with the SDK's own signer. */
export type Discovery = <Answer>(operation: string, input: object) => Promise<Answer>

export function createDiscovery(endpoint: string, credentials: Credentials): Discovery {
  const signer = new SignatureV4({ service: 'aws-marketplace', region: 'us-east-1', credentials, sha256: Sha256 })
  return async <Answer>(operation: string, input: object): Promise<Answer> => {
    const { hostname, port, host } = new URL(endpoint)
    const path = `/2026-02-05/${operation.charAt(0).toLowerCase()}${operation.slice(1)}`
    const body = JSON.stringify(input)
    const headers = { host, 'content-type': 'application/json' }
    const request = { method: 'POST', protocol: 'http:', hostname, port: Number(port), path, headers, body }
    const signed = await signer.sign(request)
    const response = await fetchPatiently(`${endpoint}${path}`, { method: 'POST', headers: signed.headers, body })
    const answer = (await response.json()) as Answer & { message?: string }
    if (!response.ok) throw new Error(`${operation}: ${response.status} ${answer.message ?? JSON.stringify(answer)}`)
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
