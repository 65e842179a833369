import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import type { ImageBlob } from '../driver.ts'
import { memoryImage } from '../memory-image.ts'
import { createImageServer, isForNodes } from './image-server.ts'

const seen = new Set<string>()
const images = createImageServer({
  ...{ host: () => 'mart:1', secret: Buffer.alloc(32, 1) },
  seen: { has: async digest => seen.has(digest), add: async digest => void seen.add(digest) },
})
const server = createServer((request, response) => void images.listener(request, response)).listen(0, '127.0.0.1')
await once(server, 'listening')
after(() => server.close())

const get = (path: string, secret?: string) => {
  const { username, password } = secret
    ? (Object.values(JSON.parse(secret).auths as Record<string, { username: string; password: string }>)[0] ?? {})
    : {}
  const headers = secret ? { authorization: `Basic ${btoa(`${username}:${password}`)}` } : {}
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers })
}
const pathOf = (reference: string, kind = 'manifests') => `/v2/modelmart/image/${kind}/${reference.split('@')[1]}`

test('an image is pulled by the Pod that it is for and by no other, with the configuration that runs its program alone', async () => {
  const source = await memoryImage(
    { a: 'a' },
    { Entrypoint: ['/a'], Cmd: ['b'], Labels: { mine: 'x' }, Volumes: { '/v': {} } },
  )
  const { reference, program } = await images.serve(source)
  assert.match(reference, /^mart:1\/modelmart\/image@sha256:[0-9a-f]{64}$/)
  assert.deepEqual(program, { entrypoint: ['/a'], command: ['b'] })
  assert.ok(isForNodes(pathOf(reference)))
  const other = (await images.serve(await memoryImage({ a: 'other' }))).reference
  const mine = images.pullSecret('pod-1', reference)

  const manifest = await get(pathOf(reference), mine)
  assert.equal(manifest.headers.get('docker-content-digest'), reference.split('@')[1])
  const { config, layers } = (await manifest.json()) as { config: { digest: string }; layers: { digest: string }[] }
  const told = await (await get(`/v2/modelmart/image/blobs/${config.digest}`, mine)).json()
  assert.deepEqual((told as { config: object }).config, { Entrypoint: ['/a'], Cmd: ['b'] })
  assert.equal((await get(`/v2/modelmart/image/blobs/${layers[0]?.digest}`, mine)).status, 200)

  assert.equal((await get(pathOf(reference))).status, 401)
  assert.equal((await get(pathOf(other), mine)).status, 404)
  const forged = mine.replace('"pod-1"', '"pod-2"')
  assert.notEqual(forged, mine)
  assert.equal((await get(pathOf(reference), forged)).status, 404)
  assert.equal((await get(`/v2/modelmart/image/blobs/sha256:${'0'.repeat(64)}`, mine)).status, 404)
})

test('a layer that is not what the configuration names is refused before any node has it, and looked through once', async () => {
  const image = await memoryImage({ a: 'a' })
  const [layer, other] = [image.layers[0] as ImageBlob, (await memoryImage({ a: 'b' })).layers[0] as ImageBlob]
  const wrong = { ...image, digest: 'sha256:1', layers: [{ ...layer, open: other.open }] }
  seen.clear()
  await assert.rejects(images.serve(wrong), { name: 'ImageFault', message: /is not the tar that rootfs\.diff_ids/ })
  let opened = 0
  const open = () => {
    opened += 1
    return layer.open()
  }
  for (const digest of ['sha256:2', 'sha256:3']) await images.serve({ ...image, digest, layers: [{ ...layer, open }] })
  assert.equal(opened, 1)
})
