import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { bodyMemory } from '../ground/memory-budget.ts'
import { readWhole } from '../ground/read-whole.ts'
import type { AnswerInvocation } from './answer-invocation.ts'
import { createNodeDoor } from './node-door.ts'
import { createPlainDoor } from './plain-door.ts'
import { readPlainRequest } from './plain-lane.ts'

/** What was understood of each request, in the order of the answers. */
const echo: AnswerInvocation = async ({ request, incoming, proceed }) => {
  proceed()
  const memory = bodyMemory.claim('test')
  const body = incoming instanceof Uint8Array ? incoming : await readWhole(incoming, { limit: 1_000_000, memory })
  memory.release()
  const { method, path, query, headers } = request
  const told = {
    method,
    path,
    query,
    headers: Object.entries(headers).sort(),
    body: Buffer.from(body).toString('latin1'),
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(told) }
}

interface Doors {
  readonly plain: number
  readonly node: number
  /** Connections that the plain door gave to Node. */
  handed(): number
  close(): void
}

async function openDoors(): Promise<Doors> {
  const node = createNodeDoor(echo)
  let handed = 0
  const behind = createNodeDoor(echo)
  behind.prependListener('connection', () => handed++)
  const plain = createPlainDoor(echo, behind)
  const listen = async (take: (socket: Socket) => void): Promise<Server> => {
    const server = createServer({ allowHalfOpen: true }, take).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  const servers = [await listen(plain.take), await listen(socket => void node.emit('connection', socket))]
  const [first, second] = servers.map(server => (server.address() as AddressInfo).port)
  return {
    plain: first as number,
    node: second as number,
    handed: () => handed,
    close() {
      for (const server of servers) server.close()
    },
  }
}

/** Says these pieces, one after another, and gives back all that is answered until there are so many answers or the end. */
async function say(port: number, pieces: readonly (string | Buffer)[], answers: number, ends = false): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  let text = ''
  socket.setEncoding('latin1')
  const done = new Promise<void>(resolve => {
    socket.on('data', data => {
      text += data
      if (!ends && (text.match(/HTTP\/1\.1 (?!100)/g)?.length ?? 0) >= answers && isWhole(text)) resolve()
    })
    socket.on('close', () => resolve()).on('error', () => resolve())
  })
  await once(socket, 'connect')
  for (const piece of pieces) {
    if (socket.destroyed) break
    socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
    // The next piece is a packet of its own.
    await new Promise(resolve => setImmediate(resolve))
  }
  if (ends) socket.end()
  await done
  socket.destroy()
  return text
}

const isWhole = (text: string): boolean => {
  const at = text.lastIndexOf('HTTP/1.1 ')
  const head = text.indexOf('\r\n\r\n', at)
  const length = /content-length: (\d+)/i.exec(text.slice(at, head))?.[1]
  return head > 0 && length !== undefined && text.length >= head + 4 + Number(length)
}

/** Without what differs from one time to the next. */
const same = (text: string) =>
  text
    .replace(/(?<=\n)(Date|x-amzn-requestid): .*\r\n/gi, '')
    .split(/(?=HTTP\/1\.1 )/)
    .map(sortedHead)

function sortedHead(answer: string): string {
  const end = answer.indexOf('\r\n\r\n')
  const [first, ...headers] = answer.slice(0, end).split('\r\n')
  return [first, ...headers.map(header => header.toLowerCase()).sort(), answer.slice(end)].join('\n')
}

const post = (more = '', body = 'one', length = String(body.length)) =>
  `POST /endpoints/e/invocations HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n${more}\r\n${body}`
const plainPost = post('X-A: 1\r\n')

/** Requests, or what passes for some; how many answers are waited for; and whether the caller says that it is done. */
const corpus: Readonly<Record<string, readonly [said: readonly string[], answers: number, ends?: boolean]>> = {
  'a plain one': [[plainPost], 1],
  'two after one another': [[plainPost, post('', 'two')], 2],
  'two in one packet': [[plainPost + post('', 'two')], 2],
  'three of which the second is chunked': [
    [
      `${plainPost}POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n${post('', 'last')}`,
    ],
    3,
  ],
  'chunked and a length': [[post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n', '5')], 1],
  'chunked in disguise': [[post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n', '5')], 1],
  'chunked, its name with a space': [[post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n', '5')], 1],
  'chunked, with a tab before': [[post('Transfer-Encoding:\tchunked\r\n', '0\r\n\r\n', '5')], 1],
  'two lengths that differ': [[post('Content-Length: 7\r\n')], 1],
  'two lengths that are the same': [[post('Content-Length: 3\r\n')], 1],
  'a list of lengths': [[post('', 'one', '3, 3')], 1],
  'a length with a sign': [[post('', 'one', '+3')], 1],
  'a length below nothing': [[post('', 'one', '-3')], 1],
  'a length in hexadecimal': [[post('', 'one', '0x3')], 1],
  'a length with a zero before': [[post('', 'one', '03')], 1],
  'a length with space around': [[post('', 'one', ' \t3 \t')], 1],
  'a length with a space within': [[post('', 'one', '3 0')], 1],
  'a length beyond all numbers': [[post('', 'one', '99999999999999999999')], 1],
  'an empty length': [[post('', 'one', '')], 1],
  'no length': [['POST /x HTTP/1.1\r\nHost: h\r\n\r\n'], 1],
  'a length in a folded line': [['POST /x HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n 3\r\n\r\none'], 1],
  'a folded header': [[post('X-A: 1\r\n 2\r\n')], 1],
  'a line end without its first half': [[post().replaceAll('\r\n', '\n')], 1],
  'a line end of one half within': [[post('X-A: 1\nX-B: 2\r\n')], 1],
  'half a line end in a value': [[post('X-A: 1\rX-B: 2\r\n')], 1],
  'a zero byte in a value': [[post('X-A: 1\0\r\n')], 1],
  'a byte above ASCII in a value': [[post('X-A: \xe9\r\n')], 1],
  'a byte above ASCII in a name': [[post('X-\xe9: 1\r\n')], 1],
  'a name with an underscore': [[post('X_A: 1\r\n')], 1],
  'a name with a space before its colon': [[post('X-A : 1\r\n')], 1],
  'no name': [[post(': 1\r\n')], 1],
  'no colon': [[post('X-A\r\n')], 1],
  'an empty value': [[post('X-A:\r\n')], 1],
  'a value of spaces': [[post('X-A: \t \r\n')], 1],
  'a header twice': [[post('X-A: 1\r\nx-a: 2\r\n')], 1],
  'two hosts': [[post('Host: other\r\n')], 1],
  'no host': [['POST /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n'], 1],
  'an empty line before': [[`\r\n${plainPost}`], 1],
  'two spaces in the first line': [['POST  /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'a space at the end of the first line': [['POST /x HTTP/1.1 \r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'no path': [['POST  HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'a whole URL': [['POST http://other/x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'a path with a byte above ASCII': [['POST /\xe9 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'a query': [['POST /x?a=1&b=%20 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'HTTP of before': [['POST /x HTTP/1.0\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'HTTP that there is not': [['POST /x HTTP/1.9\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'HTTP in small letters': [['POST /x http/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'another method': [['GET /x HTTP/1.1\r\nHost: h\r\n\r\n'], 1],
  'a method in small letters': [['post /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n'], 1],
  'the preface of HTTP/2': [['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], 1],
  TLS: [['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'], 1, true],
  'what waits to be asked for its body': [[post('Expect: 100-continue\r\n')], 1],
  'another expectation': [[post('Expect: the-best\r\n')], 1],
  'a connection that closes': [[post('Connection: close\r\n')], 1],
  'a connection that is kept': [[post('Connection: Keep-Alive\r\n')], 1],
  'an upgrade': [[post('Connection: upgrade\r\nUpgrade: h2c\r\n')], 1],
  'a body of a hundred kilobytes': [[post('', 'x'.repeat(100_000))], 1],
  'a head of twenty kilobytes': [[post(`X-A: ${'x'.repeat(20_000)}\r\n`)], 1],
  'a head of forty kilobytes': [[post(`X-A: ${'x'.repeat(40_000)}\r\n`)], 1],
  'a hundred headers': [[post(Array.from({ length: 100 }, (_, at) => `X-${at}: ${at}\r\n`).join(''))], 1],
  'three hundred headers': [[post(Array.from({ length: 300 }, (_, at) => `X-${at}: ${at}\r\n`).join(''))], 1],
  'half a head': [['POST /x HTTP/1.1\r\nHost: h\r\nConte'], 1, true],
  'half a body': [[post('', 'one', '30')], 1, true],
  'more than its body': [[`${post('', 'one')}GARBAGE\r\n\r\n`], 2],
  'nothing at all': [[''], 1, true],
  'a name like a prototype’s': [[post('__proto__: 1\r\nconstructor: 2\r\n')], 1],
}

describe('plain requests and all others', () => {
  let doors: Doors
  before(async () => {
    doors = await openDoors()
  })
  after(() => doors.close())

  for (const [name, [said, answers, ends]] of Object.entries(corpus))
    it(`are answered as by Node alone: ${name}`, async () => {
      const [plain, node] = await Promise.all([
        say(doors.plain, said, answers, ends),
        say(doors.node, said, answers, ends),
      ])
      assert.deepEqual(same(plain), same(node))
    })

  it('are read by ourselves only where they are plain', async () => {
    const before = doors.handed()
    await say(doors.plain, [plainPost], 1)
    assert.equal(doors.handed(), before)
    await say(doors.plain, [post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n', '5')], 1)
    assert.equal(doors.handed(), before + 1)
  })

  it('are the same in one piece and in any pieces', async () => {
    const said = Buffer.from(plainPost + post('X-B: 2\r\n', 'second') + post('', ''), 'latin1')
    const whole = same(await say(doors.plain, [said], 3))
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: said.byteLength - 1 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(cuts, async unsorted => {
        const at = [0, ...unsorted.sort((a, b) => a - b), said.byteLength]
        const pieces = at.slice(1).map((end, index) => said.subarray(at[index], end))
        assert.deepEqual(same(await say(doors.plain, pieces, 3)), whole)
      }),
      { numRuns: 40 },
    )
  })

  it('that begin to come and do not go on are Node’s, whose limits are for what is slow', async () => {
    const before = doors.handed()
    const socket = connect(doors.plain, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST /x HTTP/1.1\r\nHo')
    while (doors.handed() === before) await new Promise(resolve => setTimeout(resolve, 50))
    socket.write('st: h\r\nContent-Length: 2\r\n\r\nok')
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 200 OK\r\n/)
    socket.destroy()
  })
})

describe('what is plain', () => {
  const pieces = fc.constantFrom(
    ...[
      'POST',
      'GET',
      ' ',
      '/',
      '/endpoints/e/invocations',
      'HTTP/1.1',
      'HTTP/1.0',
      '\r\n',
      '\n',
      '\r',
      '\r\n\r\n',
      ':',
      ': ',
    ],
    ...[
      'Host',
      'host: h\r\n',
      'Content-Length',
      'content-length: 3\r\n',
      'Content-Length: 03\r\n',
      'Transfer-Encoding: chunked\r\n',
    ],
    ...[
      'X-A: b\r\n',
      ' folded\r\n',
      '\t',
      '\0',
      '\xff',
      'abc',
      '3',
      ',',
      'Connection: close\r\n',
      'POST / HTTP/1.1\r\n',
    ],
  )
  const plainish = fc
    .array(
      fc.constantFrom(
        'X-A: b\r\n',
        'x-b:c\r\n',
        'X-C: \t d \r\n',
        'Connection: keep-alive\r\n',
        'X-D:\r\n',
        'X_E: 1\r\n',
      ),
      { maxLength: 5 },
    )
    .map(headers => `POST /a?b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n${headers.join('')}\r\nabc`)

  it('Node understands in the same way', async () => {
    const doors = await openDoors()
    try {
      const said = fc.oneof(
        plainish,
        fc.array(pieces, { maxLength: 14 }).map(some => some.join('')),
      )
      await fc.assert(
        fc.asyncProperty(said, async text => {
          const read = readPlainRequest(Buffer.from(text, 'latin1'))
          if (read === 'odd' || read === 'more') return
          const answer = await say(doors.node, [text], 1)
          assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
          const { request, body } = read
          assert.deepEqual(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)), {
            ...{ method: request.method, path: request.path, query: request.query },
            ...{ headers: Object.entries(request.headers).sort(), body: body.toString('latin1') },
          })
        }),
        { numRuns: 300 },
      )
    } finally {
      doors.close()
    }
  })

  it('is the same however much of it has come', () => {
    fc.assert(
      fc.property(plainish, fc.nat(), (text, cut) => {
        const bytes = Buffer.from(text, 'latin1')
        const part = readPlainRequest(bytes.subarray(0, cut % bytes.byteLength))
        const whole = readPlainRequest(bytes)
        // What is odd may be seen only later, and what is plain is never odd before.
        if (whole !== 'odd') assert.equal(part, 'more')
        else assert.ok(part === 'more' || part === 'odd')
      }),
    )
  })
})
