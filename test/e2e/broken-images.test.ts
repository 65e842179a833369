import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { createEndpoint, endpointSettled, trainingEnd, trainingRequest } from './jobs.ts'
import { onEveryEngine } from './on-every-engine.ts'
import type { Party } from './party.ts'
import { assertRefused, assertTells } from './world.ts'

const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** How an image differs from one that engines take: its layer as it is stored, what its type is, what the configuration says it holds. */
interface Flaw {
  readonly store?: (tar: Buffer) => Buffer
  readonly mediaType?: string
  readonly diffId?: string
}

/** Pushes it as clients do that look at nothing: blob by blob, and then the manifest. */
async function pushFlawed({ ecr }: Party, repositoryName: string, flaw: Flaw): Promise<{ uri: string; layer: string }> {
  const { repository } = await ecr.createRepository({ repositoryName })
  const upload = async (bytes: Buffer, mediaType: string) => {
    const digest = digestOf(bytes)
    const { uploadId } = await ecr.initiateLayerUpload({ repositoryName })
    const part = { partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes }
    await ecr.uploadLayerPart({ repositoryName, uploadId, ...part })
    await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digest] })
    return { mediaType, digest, size: bytes.length }
  }
  const header = { name: 'mark', size: repositoryName.length }
  const tar = Buffer.from(await packTar([{ header, body: repositoryName }]))
  const layer = await upload((flaw.store ?? gzipSync)(tar), flaw.mediaType ?? types.layer)
  const rootfs = { type: 'layers', diff_ids: [flaw.diffId ?? digestOf(tar)] }
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const config = { architecture, os: 'linux', config: { Cmd: ['/none'] }, rootfs }
  const configured = await upload(Buffer.from(JSON.stringify(config)), types.config)
  const manifest = { schemaVersion: 2, mediaType: types.manifest, config: configured, layers: [layer] }
  await ecr.putImage({ repositoryName, imageTag: '1', imageManifest: JSON.stringify(manifest) })
  return { uri: `${repository?.repositoryUri}:1`, layer: layer.digest }
}

/** Each takes all of the machine's memory, so that what it keeps shows in who else can begin. */
const ResourceConfig = { InstanceType: 'ml.m5.24xlarge' as const, InstanceCount: 1, VolumeSizeInGB: 1 }

const flaws: Readonly<Record<string, Flaw & { readonly says: (layer: string) => RegExp }>> = {
  corrupt: {
    store: tar => gzipSync(tar).subarray(0, -20),
    says: layer => new RegExp(`^ClientError: The layer ${layer} cannot be unpacked`),
  },
  'wrong-diff-id': {
    diffId: digestOf(Buffer.from('something else')),
    says: () => /^ClientError: .*(diff|digest)/i,
  },
}

await onEveryEngine('images that no engine can unpack', 'contract-probe', at => {
  for (const [name, { says, ...flaw }] of Object.entries(flaws))
    it(`end jobs and endpoints with the layer that is to blame, and hold up nobody: ${name}`, async () => {
      const { seller, buyer } = at()
      const { uri, layer } = await pushFlawed(seller, name, flaw)
      await seller.sagemaker.createTrainingJob(
        trainingRequest(
          seller,
          name,
          {},
          {
            ...{ ResourceConfig, AlgorithmSpecification: { TrainingImage: uri, TrainingInputMode: 'File' } },
          },
        ),
      )
      const job = await trainingEnd(seller, name)
      assert.equal(job.TrainingJobStatus, 'Failed')
      assertTells(job.FailureReason, [says(layer)])
      const PrimaryContainer = { Image: uri }
      await seller.sagemaker.createModel({ ModelName: name, PrimaryContainer, ExecutionRoleArn: seller.role })
      await createEndpoint(seller, name, [name])
      const { EndpointStatus, FailureReason } = await endpointSettled(seller, name)
      assert.equal(EndpointStatus, 'Failed')
      assertTells(FailureReason, [says(layer)])
      await seller.sagemaker.deleteEndpoint({ EndpointName: name })
      await buyer.sagemaker.createTrainingJob(trainingRequest(buyer, name, { mode: 'ok' }, { ResourceConfig }))
      const other = await trainingEnd(buyer, name)
      assert.equal(other.TrainingJobStatus, 'Completed', other.FailureReason)
    })

  it('are refused by the call where their manifest tells it: a layer of an unknown media type', async () => {
    const { seller } = at()
    const mediaType = 'application/vnd.oci.image.layer.v1.tar+xz'
    const { uri, layer } = await pushFlawed(seller, 'unknown-type', { mediaType, store: tar => tar })
    const words = new RegExp(`its layer ${layer} has the media type '.*tar\\+xz', which no engine unpacks`)
    const AlgorithmSpecification = { TrainingImage: uri, TrainingInputMode: 'File' as const }
    const request = trainingRequest(seller, 'unknown-type', {}, { AlgorithmSpecification })
    const model = { ModelName: 'unknown-type', PrimaryContainer: { Image: uri }, ExecutionRoleArn: seller.role }
    await assertRefused(seller.sagemaker.createTrainingJob(request), 'ValidationException', 400, words)
    await assertRefused(seller.sagemaker.createModel(model), 'ValidationException', 400, words)
  })
})
