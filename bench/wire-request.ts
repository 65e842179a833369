import { hash } from 'node:crypto'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { region } from '../demo/clients.ts'
import type { Credentials } from '../demo/server-process.ts'

export interface Plain {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** A request as it goes on the wire, unsigned. */
export function plainRequest(url: string, { method, path, headers = {}, body }: Plain): Buffer {
  const all = { host: new URL(url).host, ...headers, ...(body && { 'content-length': String(body.byteLength) }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
  return body ? Buffer.concat([head, body]) : head
}

/** Makes requests as they go on the wire, signed by the SDK's own signer; each is good for 15 minutes. */
export function createSigner(url: string, service: string, credentials: Credentials) {
  const headersOf = signedHeaders(url, service, credentials)
  return async (plain: Plain): Promise<Buffer> => plainRequest(url, { ...plain, headers: await headersOf(plain) })
}

/** The headers of such requests. */
export function signedHeaders(url: string, service: string, credentials: Credentials) {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, uriEscapePath: service !== 's3' })
  const { hostname, host, port } = new URL(url)
  return async ({ method, path, headers, body }: Plain): Promise<Record<string, string>> => {
    // Given, the signer does not hash the body itself, in JavaScript.
    const digest = hash('sha256', body ?? '')
    const { pathname, searchParams } = new URL(path, url)
    const signed = await signer.sign({
      ...{ method, path: pathname, query: Object.fromEntries(searchParams) },
      ...{ body, protocol: 'http:', hostname, port: Number(port) },
      headers: { host, ...headers, 'x-amz-content-sha256': digest },
    })
    return signed.headers
  }
}
