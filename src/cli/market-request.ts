import type { MarketplaceCatalog } from '@aws-sdk/client-marketplace-catalog'
import type { Details } from './listing-document.ts'
import { defaultRegion } from './profiles.ts'

const json = { 'content-type': 'application/json' }

/** Requests to APIs of the marketplace that no SDK has, signed as the catalogue's client signs. Throws an Error with what was refused. */
export function marketRequest(url: string, { config }: MarketplaceCatalog) {
  const { protocol, hostname, port, host } = new URL(url)
  const scheme = { name: 'sigv4', signingName: 'aws-marketplace', signingRegion: defaultRegion, properties: {} }
  return async (
    method: string,
    path: string,
    input?: object,
    more: Record<string, string> = json,
  ): Promise<Details> => {
    const body = input && JSON.stringify(input)
    const signer = await config.signer(scheme)
    const asked = { method, protocol, hostname, ...(port && { port: Number(port) }), path, query: {} }
    const request = { ...asked, headers: { host, ...(body && more) }, ...(body && { body }) }
    const { headers } = await signer.sign(request)
    const response = await fetch(url + path, { method, headers, ...(body && { body }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${more['x-amz-target'] ?? path}: ${text.slice(0, 1000)}`)
    return JSON.parse(text)
  }
}
