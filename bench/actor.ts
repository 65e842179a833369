import type { Clients } from '../demo/clients.ts'

/** One account with a bucket and a role for its jobs. */
export interface Actor {
  readonly clients: Clients
  readonly role: string
  readonly bucket: string
}

/** The seller's side: the probe's image in its own repository. */
export interface Seller extends Actor {
  readonly image: string
}

/** Where workers take invocations, as the account's profile says. */
export async function invokeUrl({ clients }: Actor): Promise<string> {
  const place = await clients.runtime.config.endpoint?.()
  if (!place) throw new Error('The runtime client has no endpoint')
  return `${place.protocol}//${place.hostname}:${place.port}`
}
