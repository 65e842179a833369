import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { json } from 'node:stream/consumers'

interface Api {
  readonly server: string
  readonly token: string
  /** Path of the certificate to trust. */
  readonly authority: string
}

/** What GET of a path answers with, as JSON; undefined until it is there and the API answers. */
export const found = async <T>({ server, token, authority }: Api, path: string): Promise<T | undefined> => {
  const ca = await readFile(authority).catch(() => undefined)
  if (ca === undefined) return undefined
  const response = await new Promise<IncomingMessage | undefined>(resolve =>
    request(server + path, { ca, headers: { authorization: `Bearer ${token}`, accept: 'application/json' } })
      .on('response', resolve)
      .on('error', () => resolve(undefined))
      .end(),
  )
  if (response?.statusCode === 200) return (await json(response)) as T
  response?.resume()
  return undefined
}
