import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, createServer as createFarServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createContainerTunnels } from './container-tunnels.ts'

const portOf = (server: Server): number => (server.address() as AddressInfo).port

async function listening<Kind extends Server>(server: Kind): Promise<Kind> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** A host that repeats what it hears, another that is not named, and the door in front of both. */
async function scene(context: { after(done: () => void): void }) {
  const far = await listening(createFarServer(socket => socket.pipe(socket).on('error', () => {})))
  const other = await listening(createFarServer(socket => socket.end('not to be heard')))
  const closed = await listening(createFarServer())
  const gone = portOf(closed)
  closed.close()
  const named = [`localhost:${portOf(far)}`, `localhost:${gone}`]
  const open = createContainerTunnels(new Set(named))
  const inside = new Set<Socket>()
  const door = createServer().on('connect', (asked, client, head) => open(asked, client, head, 'algo-1'))
  door.on('connection', socket => inside.add(socket))
  await listening(door)
  context.after(() => {
    for (const socket of inside) socket.destroy()
    for (const server of [far, other, door]) server.close()
  })
  const ask = async (path: string) => {
    const asking = request({ host: '127.0.0.1', port: portOf(door), method: 'CONNECT', path }).end()
    const [response, socket] = (await once(asking, 'connect')) as [{ statusCode: number }, Socket, Buffer]
    return { status: response.statusCode, socket }
  }
  return { ask, named, other: `localhost:${portOf(other)}`, gone: named[1] as string }
}

test('a container gets through to a host that the operator has named, whatever the case of its letters', async context => {
  const { ask, named } = await scene(context)
  for (const target of [named[0] as string, (named[0] as string).toUpperCase()]) {
    const { status, socket } = await ask(target)
    assert.equal(status, 200)
    socket.end('hello')
    assert.equal(await text(socket), 'hello')
  }
})

test('any other host, port or spelling is refused, and who does not answer is told', async context => {
  const { ask, named, other, gone } = await scene(context)
  const alias = (named[0] as string).replace('localhost', '127.0.0.1')
  for (const target of [other, alias, `${named[0]}0`, 'localhost', '169.254.169.254:80', ''])
    assert.equal((await ask(target)).status, 403, target)
  assert.equal((await ask(gone)).status, 502)
})

test('a container has so many connections open at a time, and each that ends makes room for another', async context => {
  const { ask, named } = await scene(context)
  const [target = ''] = named
  const sockets = await Promise.all(Array.from({ length: 64 }, () => ask(target)))
  assert.ok(sockets.every(({ status }) => status === 200))
  assert.equal((await ask(target)).status, 429)
  const [first] = sockets
  first?.socket.destroy()
  for (let tries = 0; ; tries++) {
    if ((await ask(target)).status === 200) break
    assert.ok(tries < 10_000, 'no room was made')
  }
})
