import { buffer } from 'node:stream/consumers'
import type { ECR } from '@aws-sdk/client-ecr'
import type { ImageSource } from '../../src/driver/driver.ts'

const mediaType = 'application/vnd.oci.image.manifest.v1+json'

/** Pushes an image by ECR's own API, whose layers are of one part each. Resolves with the digest of its manifest. */
export async function pushImage(ecr: ECR, repositoryName: string, image: ImageSource): Promise<string> {
  for (const { digest, size, open } of [image.config, ...image.layers]) {
    const { uploadId } = await ecr.initiateLayerUpload({ repositoryName })
    const part = { partFirstByte: 0, partLastByte: size - 1, layerPartBlob: await buffer(open()) }
    await ecr.uploadLayerPart({ repositoryName, uploadId, ...part })
    await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digest] })
  }
  const [config, ...layers] = [image.config, ...image.layers].map(({ open: _, ...descriptor }) => descriptor)
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, config, layers })
  const { image: put } = await ecr.putImage({ repositoryName, imageManifest, imageManifestMediaType: mediaType })
  return put?.imageId?.imageDigest as string
}
