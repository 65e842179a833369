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
