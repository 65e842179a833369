import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { it } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { ImageBlob, ImageSource } from './driver.ts'
import { outputOf, type SuiteContext } from './suite-workload.ts'

const SHOW = 'console.log(require("fs").readFileSync("/etc/mark", "utf8"))'

/** The image with its layer compressed; the configuration still names the layer as it is unpacked. */
const recompressed = async (
  image: ImageSource,
  mediaType: string,
  compress: (tar: Buffer) => Buffer,
  onOpen = () => {},
): Promise<ImageSource> => {
  const content = compress(await buffer((image.layers[0] as ImageBlob).open()))
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`
  const open = () => {
    onOpen()
    return Readable.from([content])
  }
  return { ...image, digest, layers: [{ mediaType, digest, size: content.length, open }] }
}

export const imagesSuite = (context: () => SuiteContext): void => {
  it('loads an image once, however many ask, and runs what is in it', async () => {
    const { driver, script, open, installation, image } = context()
    let opened = 0
    const mark = randomUUID()
    const compressed = await recompressed(
      await image({ 'etc/mark': mark }),
      'application/vnd.docker.image.rootfs.diff.tar.gzip',
      tar => gzipSync(tar),
      () => (opened += 1),
    )
    const references = await Promise.all([driver, driver, driver].map(({ ensureImage }) => ensureImage(compressed)))
    assert.equal(new Set(references).size, 1)
    const again = await open(installation)
    assert.equal(await again.ensureImage(compressed), references[0])
    await again.close()
    assert.equal(opened, 1)
    assert.equal(await outputOf(driver, await script(SHOW, { image: references[0] as string })), mark)
  })

  it('loads layers compressed with zstd', async () => {
    const { driver, script, image } = context()
    const mark = randomUUID()
    const source = await image({ 'etc/mark': mark })
    const compressed = await recompressed(source, 'application/vnd.oci.image.layer.v1.tar+zstd', tar =>
      zstdCompressSync(tar),
    )
    assert.equal(await outputOf(driver, await script(SHOW, { image: await driver.ensureImage(compressed) })), mark)
  })

  it('says why an image cannot be loaded', async () => {
    const { driver, image } = context()
    const whole = await image({ 'etc/mark': randomUUID() })
    const wrongContent = await recompressed(whole, 'application/vnd.oci.image.layer.v1.tar+gzip', () =>
      gzipSync('not a tar'),
    )
    await assert.rejects(driver.ensureImage(wrongContent), { name: 'EngineError' })

    const unknown = await recompressed(whole, 'application/vnd.oci.image.layer.v1.tar+xz', tar => tar)
    await assert.rejects(driver.ensureImage(unknown), /media type application\/vnd\.oci\.image\.layer\.v1\.tar\+xz/)

    const layer = whole.layers[0] as ImageBlob
    const open = () =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(1)
          throw new Error('the disk is gone')
        })(),
      )
    await assert.rejects(driver.ensureImage({ ...whole, layers: [{ ...layer, open }] }), /the disk is gone/)
    await assert.rejects(
      driver.ensureImage({ ...whole, layers: [{ ...layer, size: layer.size + 1 }] }),
      /Size mismatch/,
    )
  })
}
