import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, it } from 'node:test'
import { createConsoleFiles } from './console-files.ts'

const place = await mkdtemp(join(tmpdir(), 'modelmart-console-files-'))
const built = join(place, 'built')
const answer = createConsoleFiles(built)
const server = createServer((asked, response) => void answer(asked, response))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
after(async () => {
  server.close()
  await rm(place, { recursive: true })
})

async function get(path: string, headers = {}, method = 'GET') {
  const [answered] = await once(request({ port, path, headers, method }).end(), 'response')
  return { status: answered.statusCode, headers: answered.headers, body: await text(answered) }
}

it('says what to do where the console is not built, and serves it as soon as it is', async () => {
  const missing = await get('/console/')
  assert.deepEqual([missing.status, missing.headers['cache-control']], [503, 'no-store'])
  assert.match(missing.body, /npm run console:build/)
  await mkdir(join(built, 'assets'), { recursive: true })
  await writeFile(join(place, 'secret'), 'secret')
  await writeFile(join(built, 'index.html'), 'the page')
  for (const [ending, content] of Object.entries({ '': 'plain', '.br': 'br', '.gz': 'gz' }))
    await writeFile(join(built, 'assets', `main-1.js${ending}`), content)
  assert.equal((await get('/console/')).body, 'the page')
})

it('answers every path of a page with the one document, which is asked for again each time', async () => {
  for (const path of ['/console/', '/console/sign-in', '/console/sagemaker/jobs/a%2Fb?tab=logs']) {
    const { status, headers, body } = await get(path)
    assert.deepEqual([status, body, headers['cache-control']], [200, 'the page', 'no-cache'])
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self'; /)
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|http|\*/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
  }
  assert.equal((await get('/console')).headers.location, '/console/')
})

it('sends what its compressor left, as the browser takes it, for ever', async () => {
  const sent = async (accepted?: string) => {
    const { headers, body } = await get('/console/assets/main-1.js', accepted ? { 'accept-encoding': accepted } : {})
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    assert.equal(headers['content-length'], String(body.length))
    return [headers['content-encoding'], body]
  }
  assert.deepEqual(await sent('gzip, deflate, br, zstd'), ['br', 'br'])
  assert.deepEqual(await sent('gzip, deflate'), ['gzip', 'gz'])
  assert.deepEqual(await sent(), [undefined, 'plain'])
  assert.equal((await get('/console/assets/main-1.js', {}, 'HEAD')).body, '')
})

it('opens no file that was not built, and takes no other method', async () => {
  for (const path of ['assets/none.js', 'assets/../../secret', 'assets/%2e%2e/%2e%2e/secret', 'assets/'])
    assert.equal((await get(`/console/${path}`)).status, 404, path)
  assert.equal((await get('/console/../../secret')).body, 'the page')
  assert.equal((await get('/console/', {}, 'POST')).status, 405)
})
