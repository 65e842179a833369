import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { mostAnswerBytes } from '../workload/answer-limit.ts'
import type { Invocation } from '../workload/invocation.ts'
import { createInvoker, type Invoker } from '../workload/invoke.ts'
import { connectionWords } from '../workload/plain-words.ts'
import { createPlainPost } from './plain-post.ts'

type Said = readonly (string | Buffer)[]

/** A container that says these bytes to each request, whatever it is, in so many pieces, and then perhaps no more. */
async function container(said: Said | (() => Said), ends = false) {
  const requests: string[] = []
  const connections = new Set<Socket>()
  const server = createServer(socket => {
    connections.add(socket)
    socket.on('error', () => {})
    socket.on('data', async data => {
      requests.push(data.toString('latin1'))
      for (const piece of typeof said === 'function' ? said() : said) {
        socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
        await new Promise(resolve => setImmediate(resolve))
      }
      if (ends) socket.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    connections,
    close() {
      for (const socket of connections) socket.destroy()
      server.close()
    },
  }
}

const containers = createPlainPost()
const plain = createInvoker(mostAnswerBytes.realTime, containers.post)
const usual = createInvoker()
after(async () => {
  containers.close()
  await plain.close()
  await usual.close()
})

const asked = { body: Buffer.from('one'), contentType: 'text/csv', customAttributes: 'a', sessionId: 'NEW_SESSION' }

/** What comes of it, in the words that a caller gets. */
async function outcome(invoker: Invoker, address: string, invocation: Invocation = asked) {
  try {
    const { body, ...head } = await invoker.invoke([address], invocation, 2000)
    return { ...head, body: Buffer.from(body).toString('latin1') }
  } catch (error) {
    return { refused: connectionWords(error) }
  }
}

const ok = (more = '', body = 'answer', length = String(body.length)) =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n${more}\r\n${body}`

const until = 'Expires=2026-11-30T12:00:01Z'

const upgrade = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: words\r\n'

/** Answers, or what passes for some; whether the container closes then. */
const corpus: Readonly<Record<string, readonly [said: readonly string[], ends?: boolean]>> = {
  'a plain one': [[ok('X-Amzn-Inference-Metering: {"a": 1}\r\nX-Amzn-SageMaker-Custom-Attributes: b\r\n')]],
  'one that begins a session': [[ok(`X-Amzn-SageMaker-New-Session-Id: a; ${until}\r\n`)]],
  'one that begins a session by its other name': [[ok(`X-Amzn-SageMaker-Session-Id: a; ${until}\r\n`)]],
  'one that begins two sessions': [
    [ok(`X-Amzn-SageMaker-New-Session-Id: a; ${until}\r\nX-Amzn-SageMaker-New-Session-Id: b; ${until}\r\n`)],
  ],
  'one that ends a session': [[ok('X-Amzn-SageMaker-Closed-Session-Id: a\r\n')]],
  'an empty one': [[ok('', '')]],
  'one in pieces': [['HTTP/1.1 20', '0 OK\r\nContent-Le', 'ngth: 6\r\n\r\nan', 'swer']],
  'one without a word': [['HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok']],
  'an error': [['HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\nbad']],
  'a status that nobody knows': [['HTTP/1.1 299 Fine\r\nContent-Length: 3\r\n\r\nbad']],
  'a status of four digits': [['HTTP/1.1 2000 OK\r\nContent-Length: 3\r\n\r\nbad']],
  'no content': [['HTTP/1.1 204 No Content\r\n\r\n']],
  'no content, with a length': [['HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n']],
  chunks: [['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n']],
  'chunks and a length': [[ok('Transfer-Encoding: chunked\r\n', '3\r\nabc\r\n0\r\n\r\n', '5')]],
  'chunks that are none': [['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n'], true],
  'chunks that end amid one': [['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc'], true],
  'until the end': [['HTTP/1.1 200 OK\r\n\r\nall of it'], true],
  'HTTP of before': [['HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'], true],
  'a word before it': [[`HTTP/1.1 100 Continue\r\n\r\n${ok()}`]],
  'another protocol, which it then speaks': [[`${upgrade}Connection: Upgrade\r\n\r\nwords`]],
  'another protocol, and its end': [[`${upgrade}Connection: Upgrade\r\n\r\n`], true],
  'another protocol that nobody can have asked for': [[`${upgrade}\r\n`]],
  'a status of the kind that comes before an answer': [['HTTP/1.1 199 Soon\r\nContent-Length: 2\r\n\r\nok']],
  'a status below all others': [['HTTP/1.1 000 None\r\nContent-Length: 2\r\n\r\nok']],
  'two lengths that differ': [[ok('Content-Length: 7\r\n')], true],
  'a list of lengths': [[ok('', 'answer', '6, 6')], true],
  'a length with a sign': [[ok('', 'answer', '+6')], true],
  'a length with a zero before': [[ok('', 'answer', '06')]],
  'a length that is too long': [[ok('', 'answer', '60')], true],
  'a length beyond what is taken': [[ok('', 'answer', '99999999')], true],
  'a folded header': [[ok('X-A: 1\r\n 2\r\n')]],
  'a line end of one half': [[ok().replaceAll('\r\n', '\n')], true],
  'half a line end in a value': [[ok('X-A: 1\rX-B: 2\r\n')], true],
  'a zero byte': [[ok('X-A: 1\0\r\n')], true],
  'a byte above ASCII': [[ok('X-Amzn-SageMaker-Custom-Attributes: \xe9\r\n')]],
  'a type twice': [[ok('Content-Type: text/html\r\n')]],
  'a connection that closes': [[ok('Connection: close\r\n')], true],
  'a connection that is kept for a while': [[ok('Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n')]],
  'a head of ten kilobytes': [[ok(`X-A: ${'x'.repeat(10_000)}\r\n`)]],
  'a head of forty kilobytes': [[ok(`X-A: ${'x'.repeat(40_000)}\r\n`)], true],
  nothing: [[], true],
  'half a head': [['HTTP/1.1 200 OK\r\nConte'], true],
  'no HTTP': [['SSH-2.0-OpenSSH\r\n'], true],
}

describe('an answer of a container', () => {
  for (const [name, [said, ends]] of Object.entries(corpus))
    it(`is to us what it is to an HTTP client: ${name}`, async () => {
      const one = await container(said, ends)
      try {
        const [ours, theirs] = [await outcome(plain, one.address), await outcome(usual, one.address)]
        // Both give up what is no answer; in which words depends on whose parser has seen it.
        if ('refused' in theirs) assert.ok('refused' in ours, JSON.stringify(ours))
        else assert.deepEqual(ours, theirs)
      } finally {
        one.close()
      }
    })

  it('or what passes for one ends the request before its time, or at it, whatever its bytes', {
    timeout: 100_000,
  }, async () => {
    const firsts = ['HTTP/1.1 200 OK', 'HTTP/1.1 101 Switching', 'HTTP/1.1 103 Early', 'HTTP/1.0 204 No', 'X: y']
    const lines = [
      ...[
        'Upgrade: words',
        'Connection: Upgrade',
        'Connection: close',
        'Content-Length: 3',
        'Transfer-Encoding: chunked',
      ],
      ...['', '0', '3', 'abc', '3;a=b', '\0', 'Trailer: X', ...firsts],
    ]
    const said = fc.tuple(fc.constantFrom(...firsts), fc.array(fc.constantFrom(...lines), { maxLength: 8 }))
    await fc.assert(
      fc.asyncProperty(said, fc.boolean(), async ([first, more], ends) => {
        const one = await container([`${[first, ...more].join('\r\n')}\r\n\r\n`], ends)
        await plain.invoke([one.address], asked, 20).catch(() => {})
        one.close()
      }),
      { numRuns: 300 },
    )
  })

  it('is the same in any pieces', async () => {
    const said = Buffer.from(ok('X-Amzn-Inference-Metering: {}\r\n'))
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: said.byteLength - 1 }), { maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(cuts, async unsorted => {
        const at = [0, ...unsorted.sort((a, b) => a - b), said.byteLength]
        const one = await container(at.slice(1).map((end, index) => said.subarray(at[index], end)))
        const { body } = (await outcome(plain, one.address)) as { body: string }
        one.close()
        assert.equal(body, 'answer')
      }),
      { numRuns: 20 },
    )
  })

  it('is read as it stands each time on one connection, whether its head is that of the one before or not', async () => {
    const units = (count: number) => ok(`X-Amzn-Inference-Metering: {"ConsumedUnits": ${count}}\r\n`, `body ${count}`)
    const counts = [1, 1, 2, 2, 10, 1]
    let asked = 0
    const one = await container(() => [units(counts[asked++] as number)])
    for (const count of counts) {
      const expected = { metering: `{"ConsumedUnits": ${count}}`, body: `body ${count}` }
      const { metering, body } = (await outcome(plain, one.address)) as typeof expected
      assert.deepEqual({ metering, body }, expected)
    }
    assert.equal(one.connections.size, 1)
    one.close()
  })

  it('comes whole in many packets', async () => {
    const body = Buffer.alloc(3_000_000, 'abcdefg')
    const one = await container([ok('', '', String(body.byteLength)), body])
    assert.equal(((await outcome(plain, one.address)) as { body: string }).body, body.toString('latin1'))
    one.close()
  })

  it('is that of the request on its connection: what is said unasked, or too much, is nobody’s', async () => {
    const forged = await container([`${ok()}${ok('', 'forged')}`])
    for (let time = 0; time < 3; time++)
      assert.equal(((await outcome(plain, forged.address)) as { body: string }).body, 'answer')
    assert.equal(forged.connections.size, 3)
    forged.close()
  })
})

describe('a request to a container', () => {
  it('is what an HTTP client sends', async () => {
    const one = await container([ok()])
    await outcome(plain, one.address)
    await outcome(usual, one.address)
    assert.equal(one.requests[0], one.requests[1])
    assert.match(one.requests[0] ?? '', /\r\nx-amzn-sagemaker-session-id: NEW_SESSION\r\n/)
    one.close()
  })

  it('goes over the connection that is there', async () => {
    const one = await container([ok()])
    for (let time = 0; time < 5; time++) await outcome(plain, one.address)
    assert.equal(one.connections.size, 1)
    one.close()
  })

  it('with a value that would be more than one line is not sent', async () => {
    const one = await container([ok()])
    const bad = { ...asked, contentType: 'a\r\nX-B: c' }
    assert.deepEqual(await outcome(plain, one.address, bad), await outcome(usual, one.address, bad))
    assert.ok(one.requests.every(text => !text.includes('X-B')))
    one.close()
  })

  it('that nobody takes is told as by an HTTP client', async () => {
    assert.deepEqual(await outcome(plain, 'http://127.0.0.1:1'), await outcome(usual, 'http://127.0.0.1:1'))
  })

  it('ends with its time and with who asks', async () => {
    const silent = await container([])
    await assert.rejects(plain.invoke([silent.address], asked, 50), { name: 'TimeoutError' })
    const gone = new AbortController()
    const asking = plain.invoke([silent.address], asked, 60_000, gone.signal)
    gone.abort(new Error('no longer wanted'))
    await assert.rejects(asking, /no longer wanted/)
    await assert.rejects(plain.invoke([silent.address], asked, 60_000, gone.signal), /no longer wanted/)
    silent.close()
  })
})
