import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Sha256 } from '@aws-crypto/sha256-js'
import * as S3 from '@aws-sdk/client-s3'
import { SignatureV4 } from '@smithy/signature-v4'
import pino from 'pino'
import { testLedger } from '../gateway/call-ledger.fixture.ts'
import { createGateway } from '../gateway/gateway.ts'
import { createAccount } from '../iam/account.ts'
import type { Platform } from '../service/context.ts'
import { corsHeaders } from './cors.ts'
import { openS3Fixture } from './s3.fixture.ts'

export interface Said {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The error's code; undefined when the answer is none. */
  readonly code: string | undefined
}

export interface Saying {
  readonly method?: string
  /** With the query. */
  readonly path: string
  /** A list is sent as so many lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** False sends what nobody signed. */
  readonly signed?: boolean
  /** Sent after it was signed. */
  readonly unsigned?: Readonly<Record<string, string>>
}

/** The S3 API on a port of its own, an account's official client for it, and a way to say what no client would. */
export async function openS3OverHttp(now: () => Date = () => new Date()) {
  const house = await openS3Fixture(now)
  const { store, blobs, iam } = house
  const made = await createAccount(store, house.rootSecret, { name: 'caller' })
  const credentials = { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey }
  const platform = { url: 'http://localhost', now, store, blobs, iam } as unknown as Platform
  const log = pino({ level: process.env.LOG ?? 'silent' })
  const cors = (bucket: string, asked: Parameters<typeof corsHeaders>[2]) => corsHeaders(store, bucket, asked)
  const gateway = createGateway({ ...testLedger, platform, services: [house.service], log, cors, checkAnswers: true })
  gateway.listen(0, '127.0.0.1')
  await once(gateway, 'listening')
  const { port } = gateway.address() as AddressInfo
  const endpoint = `http://127.0.0.1:${port}`
  const client = new S3.S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 })

  async function signedHeaders({ method = 'GET', path, headers = {}, body }: Saying) {
    const url = new URL(path, endpoint)
    const signer = new SignatureV4({
      credentials,
      region: 'us-east-1',
      service: 's3',
      sha256: Sha256,
      uriEscapePath: false,
    })
    const lines = Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : value.join(','),
    ])
    const request = {
      ...{ method, hostname: url.hostname, port, protocol: 'http:', path: url.pathname, body },
      query: Object.fromEntries(url.searchParams),
      headers: { host: url.host, ...Object.fromEntries(lines) },
    }
    return { ...(await signer.sign(request)).headers, ...headers }
  }

  async function say(saying: Saying): Promise<Said> {
    const { method = 'GET', path, headers = {}, body, signed = true, unsigned = {} } = saying
    const all: Record<string, string | readonly string[]> = signed ? await signedHeaders(saying) : { ...headers }
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    // Signed as text, sent as its UTF-8 bytes, which Node writes one character each.
    for (const [name, value] of Object.entries(all))
      if (typeof value === 'string') all[name] = Buffer.from(value).toString('latin1')
    const outgoing = httpRequest(new URL(path, endpoint), {
      method,
      headers: { ...length, ...all, ...unsigned } as never,
    })
    // Node would add a length of zero.
    if (body === undefined) outgoing.useChunkedEncodingByDefault = false
    // Bytes: Node would write the head in the encoding of a text.
    outgoing.end(body === undefined ? undefined : Buffer.from(body))
    const [incoming] = await once(outgoing, 'response')
    const said = await text(incoming)
    return { status: incoming.statusCode, headers: incoming.headers, text: said, code: /<Code>(\w+)/.exec(said)?.[1] }
  }

  return {
    house,
    endpoint,
    client,
    credentials,
    account: made.account.id,
    say,
    async close() {
      client.destroy()
      gateway.close()
      gateway.closeAllConnections()
      await house.close()
    },
  }
}
