import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { region } from '../../demo/clients.ts'
import type { Party } from './party.ts'

/** A request for the marketplace's own REST APIs, which no SDK has, signed by the SDK's own signer. */
export async function signedRequest(url: string, { credentials }: Party, method: string, path: string, input?: object) {
  const { hostname, port, host } = new URL(url)
  const body = input && JSON.stringify(input)
  const headers = { host, ...(body && { 'content-type': 'application/json' }) }
  const signer = new SignatureV4({ service: 'aws-marketplace', region, credentials, sha256: Sha256 })
  const request = { method, protocol: 'http:', hostname, port: Number(port), path, headers, body }
  const signed = await signer.sign(request)
  const response = await fetch(url + path, { method, headers: signed.headers, ...(body && { body }) })
  return { status: response.status, text: await response.text() }
}
