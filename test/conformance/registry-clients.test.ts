import assert from 'node:assert/strict'
import { createHash, hash, randomBytes } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { craftImage, craftIndex, writeLayout } from '../../src/ecr/crafted-image.fixture.ts'
import { openInstallation, unless } from './installation.ts'

const installation = await openInstallation()
after(installation.close)
const { ecr, run, scratch } = installation
const mebibyte = 1 << 20
const { authorizationData } = await ecr.getAuthorizationToken({})
const credentials = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString()

async function newUri(repositoryName: string): Promise<string> {
  const { repository } = await ecr.createRepository({ repositoryName })
  return repository?.repositoryUri as string
}

const platforms = ['amd64', 'arm64'] as const

/** A layout with an image for each of two platforms, in one index. */
async function multiArchitecture(name: string) {
  const images = await Promise.all(
    platforms.map(async architecture => ({
      architecture,
      image: await craftImage([`${name} ${architecture}`], { architecture }),
    })),
  )
  const index = craftIndex(images)
  const directory = join(scratch, name)
  const parts = images.map(({ image }) => image)
  await writeLayout(directory, index, parts)
  return { directory, index, images: parts }
}

describe('buildah', { skip: unless('buildah') }, () => {
  // Its own storage: no engine of this machine is touched.
  const place = join(scratch, 'buildah')
  const buildah = (...args: string[]) =>
    run('buildah', '--root', join(place, 'root'), '--runroot', join(place, 'run'), '--storage-driver=vfs', ...args)
  const access = ['--tls-verify=false', '--creds', credentials]

  it('makes an image, pushes it, pulls it and inspects it', async () => {
    const uri = await newUri('buildah/made')
    await mkdir(place)
    await writeFile(join(place, 'file'), randomBytes(3 * mebibyte))
    const container = (await buildah('from', 'scratch')).trim()
    await buildah('copy', container, join(place, 'file'), '/file')
    await buildah('config', '--label', 'made=here', container)
    await buildah('commit', '--rm', container, `${uri}:v1`)
    await buildah('push', ...access, `${uri}:v1`)
    await buildah('rmi', '--all')
    await buildah('pull', ...access, `${uri}:v1`)
    assert.match(await buildah('inspect', '--type', 'image', `${uri}:v1`), /"made": "here"/)
    const { imageDetails } = await ecr.describeImages({ repositoryName: 'buildah/made' })
    assert.deepEqual(imageDetails?.[0]?.imageTags, ['v1'])
  })

  it('pushes an index of two platforms, and every image of it', async () => {
    const [from, to] = [await newUri('buildah/from'), await newUri('buildah/to')]
    const { directory, images } = await multiArchitecture('for-buildah')
    await run(
      'skopeo',
      'copy',
      '--all',
      '--dest-tls-verify=false',
      '--dest-creds',
      credentials,
      `oci:${directory}:latest`,
      `docker://${from}:v1`,
    )
    await buildah('manifest', 'create', 'two-platforms')
    await buildah('manifest', 'add', ...access, '--all', 'two-platforms', `docker://${from}:v1`)
    await buildah('manifest', 'push', ...access, '--all', 'two-platforms', `docker://${to}:v2`)
    const imageIds = images.map(({ manifest }) => ({ imageDigest: manifest.digest }))
    const { images: found } = await ecr.batchGetImage({ repositoryName: 'buildah/to', imageIds })
    assert.equal(found?.length, 2)
  })
})

describe('skopeo', { skip: unless('skopeo') }, () => {
  const side = (name: string) => [`--${name}-tls-verify=false`, `--${name}-creds`, credentials]
  const [from, to] = [side('src'), side('dest')]
  const access = ['--tls-verify=false', '--creds', credentials]
  const skopeo = (...args: string[]) => run('skopeo', ...args)

  it('copies an index to another repository, inspects and deletes it', async () => {
    const [first, second] = [await newUri('skopeo/first'), await newUri('skopeo/second')]
    const { directory, index } = await multiArchitecture('for-skopeo')
    await skopeo('copy', '--all', ...to, `oci:${directory}:latest`, `docker://${first}:v1`)
    await skopeo('copy', '--all', ...from, ...to, `docker://${first}:v1`, `docker://${second}:v2`)
    const raw = await skopeo('inspect', '--raw', ...access, `docker://${second}:v2`)
    assert.equal(`sha256:${hash('sha256', raw)}`, index.manifest.digest)
    const config = await skopeo('inspect', '--config', '--override-arch=arm64', ...access, `docker://${second}:v2`)
    assert.equal(JSON.parse(config).architecture, 'arm64')
    assert.deepEqual(JSON.parse(await skopeo('list-tags', ...access, `docker://${second}`)).Tags, ['v2'])
    await skopeo('delete', ...access, `docker://${second}:v2`)
    await assert.rejects(skopeo('inspect', ...access, `docker://${second}:v2`), /manifest unknown/)
  })

  it('pushes and pulls a layer of 1 GiB in flat memory', async () => {
    const uri = await newUri('skopeo/large')
    const image = join(scratch, 'large')
    const layerDigest = await largeImage(image, 1024)
    await skopeo('copy', '--preserve-digests', ...to, `dir:${image}`, `docker://${uri}:v1`)
    const back = join(scratch, 'large.back')
    await skopeo('copy', ...from, `docker://${uri}:v1`, `dir:${back}`)
    await run('cmp', join(image, layerDigest.slice(7)), join(back, layerDigest.slice(7)))
    const peak = Math.round((await installation.peakMemory()) / mebibyte)
    assert.ok(peak < 320, `1 GiB each way made the server hold ${peak} MiB`)
  })
})

/** Writes an image of one layer as skopeo's `dir:` holds it. Returns the layer's digest. */
async function largeImage(directory: string, layerMebibytes: number): Promise<string> {
  await mkdir(directory)
  const content = createHash('sha256')
  const chunk = randomBytes(mebibyte)
  async function* layer() {
    for (let number = 0; number < layerMebibytes; number++) {
      chunk.writeUInt32BE(number)
      content.update(chunk)
      yield chunk
    }
  }
  const unnamed = join(directory, 'layer')
  await writeFile(unnamed, layer())
  const digest = `sha256:${content.digest('hex')}`
  await rename(unnamed, join(directory, digest.slice(7)))
  const config = JSON.stringify({
    ...{ architecture: 'amd64', os: 'linux', config: {} },
    rootfs: { type: 'layers', diff_ids: [digest] },
  })
  const type = 'application/vnd.oci.image'
  const manifest = {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: { mediaType: `${type}.config.v1+json`, digest: `sha256:${hash('sha256', config)}`, size: config.length },
    layers: [{ mediaType: `${type}.layer.v1.tar`, digest, size: layerMebibytes * mebibyte }],
  }
  await writeFile(join(directory, hash('sha256', config)), config)
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest))
  await writeFile(join(directory, 'version'), 'Directory Transport Version: 1.1\n')
  return digest
}

describe("the SDK's ECR client", () => {
  const repositoryName = 'sdk/image'

  async function sendLayer(bytes: Buffer, digest: string): Promise<void> {
    const { uploadId, partSize = 0 } = await ecr.initiateLayerUpload({ repositoryName })
    for (let partFirstByte = 0; partFirstByte < bytes.length; partFirstByte += partSize) {
      const layerPartBlob = bytes.subarray(partFirstByte, partFirstByte + partSize)
      const partLastByte = partFirstByte + layerPartBlob.length - 1
      await ecr.uploadLayerPart({ repositoryName, uploadId, partFirstByte, partLastByte, layerPartBlob })
    }
    const done = await ecr.completeLayerUpload({ repositoryName, uploadId, layerDigests: [digest] })
    assert.equal(done.layerDigest, digest)
  }

  it('sends layers in parts and an image of them, finds it, and takes a layer back', async () => {
    await newUri(repositoryName)
    const { manifest, mediaType, blobs } = await craftImage([randomBytes(12 * mebibyte).toString('latin1')])
    for (const { bytes, digest } of blobs) await sendLayer(bytes, digest)
    const layerDigests = blobs.map(({ digest }) => digest)
    const { layers } = await ecr.batchCheckLayerAvailability({ repositoryName, layerDigests })
    assert.deepEqual(new Set(layers?.map(layer => layer.layerAvailability)), new Set(['AVAILABLE']))
    const imageManifest = manifest.bytes.toString()
    const image = { repositoryName, imageManifest, imageManifestMediaType: mediaType, imageTag: 'v1' }
    assert.equal((await ecr.putImage(image)).image?.imageId?.imageDigest, manifest.digest)
    const { images } = await ecr.batchGetImage({ repositoryName, imageIds: [{ imageTag: 'v1' }] })
    assert.equal(images?.[0]?.imageManifest, imageManifest)
    const layer = blobs.at(-1)
    const { downloadUrl = '' } = await ecr.getDownloadUrlForLayer({ repositoryName, layerDigest: layer?.digest })
    const back = Buffer.from(await (await fetch(downloadUrl)).arrayBuffer())
    assert.ok(layer?.bytes.equals(back))
  })

  it('is told what is wrong by the errors of the API', async () => {
    const named = (name: string) => (error: Error) => assert.equal(error.name, name) ?? true
    await assert.rejects(ecr.describeRepositories({ repositoryNames: ['none'] }), named('RepositoryNotFoundException'))
    await assert.rejects(ecr.createRepository({ repositoryName }), named('RepositoryAlreadyExistsException'))
    const imageManifest = JSON.stringify({ schemaVersion: 2, layers: [] })
    await assert.rejects(ecr.putImage({ repositoryName, imageManifest }), named('InvalidParameterException'))
    await assert.rejects(ecr.deleteRepository({ repositoryName }), named('RepositoryNotEmptyException'))
    await ecr.deleteRepository({ repositoryName, force: true })
  })
})
