import type { Party } from './party.ts'

/** The OCI registry by plain requests with an account's token: `GET /v2/NAME/manifests/REFERENCE`. */
export type Registry = (method: string, path: string, body?: string | Buffer, type?: string) => Promise<Response>

export async function openRegistry(url: string, { ecr }: Party): Promise<Registry> {
  const { authorizationData } = await ecr.getAuthorizationToken({})
  const authorization = `Basic ${authorizationData?.[0]?.authorizationToken}`
  const accept = [
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.oci.image.manifest.v1+json',
  ].join(', ')
  return (method, path, body, type) =>
    fetch(`${url}/v2/${path}`, {
      method,
      redirect: 'follow',
      headers: { authorization, accept, ...(type && { 'content-type': type }) },
      ...(body !== undefined && { body }),
    })
}

export interface Layout {
  readonly manifest: string
  readonly type: string
  readonly digest: string
  /** Digests of the configuration and of the layers. */
  readonly blobs: readonly string[]
}

/** What an image consists of, asked by its owner. */
export async function layoutOf(registry: Registry, repository: string, reference: string): Promise<Layout> {
  const response = await registry('GET', `${repository}/manifests/${reference}`)
  const manifest = await response.text()
  if (!response.ok) throw new Error(`${response.status} ${manifest}`)
  const { config, layers } = JSON.parse(manifest) as { config: { digest: string }; layers: { digest: string }[] }
  return {
    manifest,
    type: response.headers.get('content-type') ?? '',
    digest: response.headers.get('docker-content-digest') ?? '',
    blobs: [config.digest, ...layers.map(({ digest }) => digest)],
  }
}
