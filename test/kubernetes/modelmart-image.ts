import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
// @ts-expect-error the set-up is plain JavaScript, since it runs before anything is installed
import { ensureImageRoot } from '../../setup/kubernetes.mjs'
import type { ImageSource } from '../../src/driver/driver.ts'
import { importImage } from './import-image.ts'
import type { MadeNode } from './node-files.ts'

const checkout = new URL('../../', import.meta.url).pathname
const run = promisify(execFile)

/** Modelmart as it stands in this checkout, in place of the image that `deploy/Dockerfile` makes. */
export const modelmartImage = 'modelmart.test/modelmart:1'

/** Gives a made node that image: Debian's libraries and nft, this Node, the sources and what they depend on. */
export async function importModelmart(node: MadeNode): Promise<void> {
  const place = await mkdtemp(join(tmpdir(), 'modelmart-image-'))
  try {
    await importImage(node, modelmartImage, await imageOf(await writeLayer(join(place, 'layer.tar'))))
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

const imageOf = async (file: string): Promise<ImageSource> => {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  const { size } = await stat(file)
  const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${hash.digest('hex')}`, size }
  const content = JSON.stringify({ ...config, rootfs: { type: 'layers', diff_ids: [layer.digest] } })
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  return {
    digest,
    config: {
      ...{ mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: Buffer.byteLength(content) },
      open: () => Readable.from([Buffer.from(content)]),
    },
    layers: [{ ...layer, open: () => createReadStream(file) }],
  }
}

const config = {
  architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
  os: 'linux',
  config: {
    Entrypoint: ['/usr/bin/node', '/opt/modelmart/bin/modelmart.mjs'],
    Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
  },
}

const writeLayer = async (file: string): Promise<string> => {
  const { stdout } = await run('npm', ['ls', '--omit=dev', '--parseable', '--all'], { cwd: checkout })
  const packages = stdout
    .split('\n')
    .map(path => relative(checkout, path))
    // What a package has for itself alone lies within it.
    .filter(path => path.lastIndexOf('node_modules/') === 0 && !path.startsWith('node_modules/node-linux'))
  await run('tar', [
    ...['--create', `--file=${file}`, '--owner=0', '--group=0', '--mtime=@0', '--sort=name'],
    '--transform=flags=rh;s,^\\(bin\\|src\\|package\\.json\\|node_modules\\)\\b,opt/modelmart/\\1,',
    '--transform=flags=rh;s,^node$,usr/bin/node,',
    ...['--directory', await ensureImageRoot(), '.'],
    ...['--directory', dirname(process.execPath), 'node'],
    ...['--directory', checkout, 'bin', 'src', 'package.json', ...packages],
  ])
  return file
}
