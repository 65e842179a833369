import { createHmac, timingSafeEqual } from 'node:crypto'
import type { RepositoryAddress } from './repository.ts'

/** URLs of the registry's own blob route that carry leave to read one layer for an hour. */
export interface LayerUrls {
  sign(origin: string, address: RepositoryAddress, digest: string): string
  /** The region that the URL was signed for; undefined when the query is not a genuine signature for this blob, now. */
  verify(query: URLSearchParams, repository: Omit<RepositoryAddress, 'region'>, digest: string): string | undefined
}

const validMs = 3_600_000

/** `secret` is the installation's: URLs work across restarts and replicas. */
export function createLayerUrls(secret: Uint8Array, now: () => Date): LayerUrls {
  const signature = ({ account, region, name }: RepositoryAddress, digest: string, expires: string): Buffer =>
    createHmac('sha256', secret)
      .update(JSON.stringify(['ecr-layer-url', account, region, name, digest, expires]))
      .digest()
  return {
    sign(origin, address, digest) {
      const expires = String(now().getTime() + validMs)
      const query = new URLSearchParams({
        region: address.region,
        expires,
        signature: signature(address, digest, expires).toString('base64url'),
      })
      return `${origin}/v2/${address.account}/${address.name}/blobs/${digest}?${query}`
    },
    verify(query, repository, digest) {
      const region = query.get('region') ?? ''
      const expires = query.get('expires') ?? ''
      const given = Buffer.from(query.get('signature') ?? '', 'base64url')
      const expected = signature({ ...repository, region }, digest, expires)
      const genuine = given.length === expected.length && timingSafeEqual(given, expected)
      return genuine && Number(expires) > now().getTime() ? region : undefined
    },
  }
}
