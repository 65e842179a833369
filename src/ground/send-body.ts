import type { ServerResponse } from 'node:http'
import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ByteStream } from './body.ts'

/** Sends a body after its head; resolves when it has gone out whole and rejects when either side breaks, with both ended. */
export async function sendBody(body: Readable & Pick<ByteStream, 'release'>, response: ServerResponse): Promise<void> {
  const { release } = body
  if (!release || response.destroyed) return pipeline(body, response)
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      response.write(chunk, error => {
        // After a failure the system may still hold it.
        if (!error) release(chunk)
        done(error)
      })
    },
    final: done => void response.end(done),
    destroy(error, done) {
      if (error) response.destroy()
      done(error)
    },
  })
  response.once('close', () => {
    if (!response.writableFinished) sink.destroy(new ClientGone())
  })
  return pipeline(body, sink)
}

class ClientGone extends Error {
  /** As Node's own streams have it. */
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE'

  constructor() {
    super('The client went away before the answer was out')
  }
}
