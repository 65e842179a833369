import assert from 'node:assert/strict'
import type * as Sdk from '@aws-sdk/client-ecr'
import type { CraftedImage } from './crafted-image.fixture.ts'
import { sha256 } from './manifest.ts'
import { type Fixture, newName, rootOf, seller } from './registry.fixture.ts'

/** What a test sends to the registry by plain HTTP. */
export function clientOf(fixture: () => Fixture) {
  const send: Fixture['send'] = (...args) => fixture().send(...args)
  return {
    send,
    /** A new repository's path below `/v2/`. */
    async newRepository(options: object = {}, account = seller): Promise<{ name: string; path: string }> {
      const name = newName()
      await fixture().call('CreateRepository', { repositoryName: name, ...options }, rootOf(account))
      return { name, path: `/v2/${account}/${name}` }
    },
    async push(path: string, image: CraftedImage, reference = 'latest'): Promise<Response> {
      for (const { bytes } of image.blobs) {
        const sent = await send('POST', `${path}/blobs/uploads/?digest=${sha256(bytes)}`, { body: bytes })
        assert.equal(sent.status, 201)
      }
      return send('PUT', `${path}/manifests/${reference}`, {
        headers: { 'content-type': image.mediaType },
        body: image.manifest.bytes,
      })
    },
  }
}

/** What a client sees of an error. */
export async function codeOf(response: Response): Promise<[number, string]> {
  const { errors } = (await response.json()) as { errors: { code: string }[] }
  return [response.status, errors[0]?.code ?? '']
}

/** The next page's path, as a Link header gives it. */
export const nextOf = (response: Response): string | undefined =>
  /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]

/** Pushes as ECR's API is used without a docker client. */
export async function pushThroughApi(
  { call }: Fixture,
  repositoryName: string,
  image: CraftedImage,
  imageTag?: string,
): Promise<Sdk.PutImageResponse> {
  for (const { digest, bytes } of image.blobs) {
    const { layers } = await call<Sdk.BatchCheckLayerAvailabilityResponse>('BatchCheckLayerAvailability', {
      repositoryName,
      layerDigests: [digest],
    })
    if (layers?.[0]?.layerAvailability === 'AVAILABLE') continue
    const { uploadId } = await call<Sdk.InitiateLayerUploadResponse>('InitiateLayerUpload', { repositoryName })
    const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: new Uint8Array(bytes) }
    await call('UploadLayerPart', { repositoryName, uploadId, ...part })
    await call('CompleteLayerUpload', { repositoryName, uploadId, layerDigests: [digest] })
  }
  const imageManifest = image.manifest.bytes.toString()
  return call<Sdk.PutImageResponse>('PutImage', {
    repositoryName,
    imageManifest,
    imageManifestMediaType: image.mediaType,
    imageTag,
  })
}
