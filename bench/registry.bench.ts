import { execFile } from 'node:child_process'
import { hash, randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { freePort } from '../demo/free-port.ts'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { findProgram } from '../setup/command.mjs'
import type { Bench, Figure } from './bench.ts'
import { type Peer, startPeer } from './peer.ts'
import { temporaryDirectory } from './place.ts'
import { alternate, timed } from './rounds.ts'

const rounds = 3
const mebibyte = 1024 * 1024
const run = promisify(execFile)

interface Image {
  readonly layers: number
  readonly layerMiB: number
}
const small: Image = { layers: 4, layerMiB: 16 }
const large: Image = { layers: 1, layerMiB: 1024 }

/** skopeo pushes an image of new layers and pulls it, to and from Modelmart's registry and Debian's docker-registry. */
export const registryBench: Bench = {
  name: 'registry',
  async run(stage) {
    const work = 'Image push and pull'
    if (!findProgram('skopeo')) return [{ work, skipped: 'skopeo is not installed' }]
    const peer = await startRegistry()
    if (!peer) return [{ work, skipped: 'docker-registry is not installed' }]
    const { ecr } = (await stage.seller()).clients
    const { repository } = await ecr.createRepository({ repositoryName: 'bench' })
    const { authorizationData } = await ecr.getAuthorizationToken({})
    const credentials = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString()
    const place = await temporaryDirectory()
    let serial = 0

    const copy =
      ({ layers, layerMiB }: Image) =>
      async (from: readonly string[], to: readonly string[]) =>
        (layers * layerMiB) / (await timed(() => run('skopeo', ['copy', '--quiet', ...from, ...to])))
    const push = async (image: Image, uri: string, access: readonly string[]): Promise<number> => {
      const folder = join(place.path, `image-${serial++}`)
      await writeImage(folder, image)
      const to = ['--dest-tls-verify=false', ...access, `docker://${uri}:latest`]
      const speed = await copy(image)([`oci:${folder}`], to)
      await rm(folder, { recursive: true })
      return speed
    }
    const pull = async (image: Image, uri: string, access: readonly string[]): Promise<number> => {
      const to = join(place.path, 'pulled')
      const speed = await copy(image)(['--src-tls-verify=false', ...access, `docker://${uri}:latest`], [`dir:${to}`])
      await rm(to, { recursive: true })
      return speed
    }

    const [ours, theirs] = [repository?.repositoryUri as string, `${new URL(peer.url).host}/bench`]
    const figures: Figure[] = []
    for (const image of stage.full ? [small, large] : [small]) {
      const taken = await alternate(rounds, {
        push: () => push(image, ours, ['--dest-creds', credentials]),
        peerPush: () => push(image, theirs, []),
        pull: () => pull(image, ours, ['--src-creds', credentials]),
        peerPull: () => pull(image, theirs, []),
      })
      const common = { against: 'docker-registry', unit: 'MiB/s', judged: 'ratio', atLeast: 1 } as const
      const size = `${image.layers === 1 ? 'a layer' : `${image.layers} layers`} of ${image.layerMiB} MiB`
      figures.push(
        { work: `Image push, ${size}`, ours: taken.push, theirs: taken.peerPush, ...common },
        { work: `Image pull, ${size}`, ours: taken.pull, theirs: taken.peerPull, ...common },
      )
    }
    await peer.stop()
    await place.remove()
    return figures
  },
}

/** An OCI layout of one image whose layers nobody has seen. */
async function writeImage(folder: string, { layers, layerMiB }: Image): Promise<void> {
  const blobs = join(folder, 'blobs/sha256')
  await mkdir(blobs, { recursive: true })
  const put = async (mediaType: string, content: Buffer) => {
    const digest = hash('sha256', content)
    await writeFile(join(blobs, digest), content)
    return { mediaType, digest: `sha256:${digest}`, size: content.byteLength }
  }
  const type = (name: string) => `application/vnd.oci.image.${name}`
  const random = Array.from({ length: layers }, () => Buffer.alloc(layerMiB * mebibyte, randomBytes(mebibyte)))
  const diff_ids = random.map(content => `sha256:${hash('sha256', content)}`)
  const config = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids } }
  const manifest = {
    schemaVersion: 2,
    mediaType: type('manifest.v1+json'),
    config: await put(type('config.v1+json'), Buffer.from(JSON.stringify(config))),
    layers: await Promise.all(random.map(content => put(type('layer.v1.tar+gzip'), gzipSync(content, { level: 0 })))),
  }
  const described = await put(manifest.mediaType, Buffer.from(JSON.stringify(manifest)))
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [described] }))
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }))
}

/** Debian's package on a folder of its own; undefined where it is not installed. */
async function startRegistry(): Promise<Peer | undefined> {
  const program: string | undefined = findProgram('docker-registry')
  if (!program) return undefined
  const place = await temporaryDirectory()
  const port = await freePort()
  const file = join(place.path, 'config.yml')
  const storage = { filesystem: { rootdirectory: join(place.path, 'images') } }
  const configuration = { version: '0.1', log: { level: 'error' }, storage, http: { addr: `127.0.0.1:${port}` } }
  // JSON is YAML.
  await writeFile(file, JSON.stringify(configuration))
  const peer = await startPeer(program, ['serve', file], port)
  return { url: peer.url, stop: () => peer.stop().then(place.remove) }
}
