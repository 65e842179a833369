import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { it } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { containerName } from './container-identity.ts'
import type { ImageBlob, ImageSource } from './driver.ts'
import { exited, outputOf, type SuiteContext } from './suite-workload.ts'

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

const contentBlob = (content: string): ImageBlob => ({
  ...{
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  },
  ...{ size: content.length, open: () => Readable.from([Buffer.from(content)]) },
})

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
    await assert.rejects(driver.ensureImage(wrongContent), { name: 'ImageFault', message: /tar|EOF/ })

    const unknown = await recompressed(whole, 'application/vnd.oci.image.layer.v1.tar+xz', tar => tar)
    const words = /media type application\/vnd\.oci\.image\.layer\.v1\.tar\+xz/
    await assert.rejects(driver.ensureImage(unknown), { name: 'ImageFault', message: words })

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

  it('blames an image for layers that do not unpack, are not what they should be, or are bombs', async () => {
    const { driver, image } = context()
    const whole = await image({ 'etc/mark': randomUUID() })
    const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip'
    const cases: [ImageSource, RegExp][] = [
      [await recompressed(whole, gzip, tar => gzipSync(tar).subarray(0, -20)), /cannot be unpacked/],
      [await recompressed(whole, gzip, tar => tar), /cannot be unpacked: incorrect header check/],
      [await recompressed(whole, gzip, tar => gzipSync(Buffer.concat([tar, Buffer.alloc(512)]))), /diff|digest/i],
      [
        await recompressed(whole, gzip, tar => gzipSync(Buffer.concat([tar, Buffer.alloc(1100 << 20)]))),
        /more than \d+ bytes/,
      ],
      [await recompressed(whole, 'application/vnd.oci.image.layer.v1.tar+zstd', tar => tar), /cannot be unpacked/],
      [
        { ...whole, layers: [...whole.layers, ...whole.layers] },
        /names 1 layers in rootfs\.diff_ids, and the manifest has 2/,
      ],
      [{ ...whole, config: contentBlob('no JSON') }, /is not a JSON object/],
      [{ ...whole, config: contentBlob('{"os":"windows"}') }, /windows/],
    ]
    for (const [source, message] of cases) {
      const digest = `sha256:${createHash('sha256').update(randomUUID()).digest('hex')}`
      await assert.rejects(driver.ensureImage({ ...source, digest }), { name: 'ImageFault', message })
    }
  })

  it('inherits nothing from an image but what runs its program', async () => {
    const { driver, script, image, arn, open, installation } = context()
    const neighbour = await open(`${installation}-neighbour`)
    const bystander = await script('setTimeout(() => {}, 600000)')
    try {
      await neighbour.start(bystander)
      const name = containerName(`${installation}-neighbour`, bystander.key)
      const hostile = await image(
        { 'etc/mark': 'x', 'kept/file': 'from the image' },
        {
          Labels: {
            'modelmart.network': `../containers/${name}?force=true`,
            'modelmart.installation': `${installation}-neighbour`,
            'modelmart.arn': bystander.key.arn,
          },
          Env: ['KEPT=yes'],
          WorkingDir: '/kept',
          Volumes: { '/kept': {}, '/etc/suite-volume': {} },
          ExposedPorts: { '22/tcp': {} },
          Healthcheck: { Test: ['CMD', '/bin/false'] },
          StopSignal: 'SIGKILL',
        },
      )
      const spec = await script(
        `const fs = require('fs')
         process.on('SIGTERM', () => { console.log('asked'); process.exit(5) })
         setTimeout(() => {}, 600000)
         const mounts = fs.readFileSync('/proc/mounts', 'utf8').split('\\n').map(line => line.split(' ')[1])
         console.log(JSON.stringify([process.env.KEPT, process.cwd(), fs.readFileSync('file', 'utf8'), mounts.filter(path => /kept|suite-volume/.test(path))]))`,
        { image: await driver.ensureImage(hostile), key: { arn: arn('hostile'), attempt: 1, host: 'algo-1' } },
      )
      await driver.start(spec)
      for await (const { text } of driver.logs(spec.key, undefined, AbortSignal.timeout(60_000))) {
        assert.deepEqual(JSON.parse(text), ['yes', '/kept', 'from the image', []])
        break
      }
      await driver.stop(spec.key, 30)
      assert.equal((await exited(driver, spec.key)).exitCode, 5)
      assert.deepEqual(
        (await neighbour.list()).map(({ key }) => key),
        [bystander.key],
      )
      await driver.remove(spec.key.arn)
      assert.equal((await neighbour.observe(bystander.key))?.status, 'running')
    } finally {
      await neighbour.remove(bystander.key.arn)
      await neighbour.close()
    }
  })
}
