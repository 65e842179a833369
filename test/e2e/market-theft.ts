import assert from 'node:assert/strict'
import type { Layout, Registry } from './market-registry.ts'

/**
 * Manifests of the thief's own that name a product's parts by digest, and uploads that claim to be them: what a registry that shares
 * content by digest must not believe. `to` is the thief's repository.
 */
export async function pushForgeries(registry: Registry, to: string, layout: Layout, own: Layout): Promise<void> {
  const [config = '', ...layers] = layout.blobs
  const secret = layers.at(-1) as string
  const image = JSON.parse(own.manifest) as { config: object; layers: object[] }
  const part = { ...image.layers[0], digest: secret }
  const index = 'application/vnd.oci.image.index.v1+json'
  const listed = { mediaType: layout.type, digest: layout.digest, size: layout.manifest.length }
  const forgeries: readonly (readonly [string, object, string])[] = [
    ['its layer on our configuration', { ...image, layers: [part] }, own.type],
    ['its configuration on our layers', { ...image, config: { ...image.config, digest: config } }, own.type],
    ['an index of it', { schemaVersion: 2, mediaType: index, manifests: [listed] }, index],
  ]
  for (const [what, manifest, type] of forgeries) {
    const pushed = await registry('PUT', `${to}/manifests/forged`, JSON.stringify(manifest), type)
    assert.ok(pushed.status >= 400 && pushed.status < 500, `${what} was accepted with ${pushed.status}`)
    assert.equal((await registry('GET', `${to}/manifests/forged`)).status, 404, what)
  }
  for (const content of [undefined, 'not the layer']) {
    const begun = await registry('POST', `${to}/blobs/uploads/`)
    const place = new URL(begun.headers.get('location') as string, begun.url)
    const path = place.pathname.slice('/v2/'.length)
    const query = place.search ? `${place.search}&` : '?'
    const ended = await registry('PUT', `${path}${query}digest=${secret}`, content)
    assert.ok(ended.status >= 400 && ended.status < 500, `an upload passed for the layer with ${ended.status}`)
  }
  for (const digest of layout.blobs.filter(blob => !own.blobs.includes(blob)))
    for (const method of ['GET', 'HEAD'])
      assert.equal((await registry(method, `${to}/blobs/${digest}`)).status, 404, `${method} of ${digest}`)
}
