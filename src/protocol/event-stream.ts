import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import type { EventStreamCodec, MessageHeaders } from '@smithy/eventstream-codec'
import { ServiceError } from '../ground/errors.ts'
import type { ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'
import { jsonLeaves } from './json-leaves.ts'
import { writeTree } from './tree.ts'

const require = createRequire(import.meta.url)
let codec: EventStreamCodec | undefined

/** Loaded with the first stream: most processes that answer invocations never have one. */
function codecOf(): EventStreamCodec {
  if (codec) return codec
  const smithy = require('@smithy/eventstream-codec') as typeof import('@smithy/eventstream-codec')
  codec = new smithy.EventStreamCodec(
    bytes => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
    text => Buffer.from(text, 'utf8'),
  )
  return codec
}

export type Events = AsyncIterable<Record<string, unknown>>

/** The member of an output that is a stream of events, if it has one. */
export function streamMember(model: ServiceModel, output: ShapeRef | undefined) {
  const members = (output && model.shapes[output.shape]?.members) ?? {}
  for (const [name, ref] of Object.entries(members)) {
    const shape = model.shapes[ref.shape]
    if (shape?.eventstream) return { name, shape }
  }
  return undefined
}

/** In protocols without a place for the other members, these come first, as an event of their own (Smithy, "Event streams", initial-response). */
export function rpcEventStream(model: ServiceModel, shape: Shape, first: object, events: Events): Readable {
  const headers = { ':message-type': 'event', ':event-type': 'initial-response', ':content-type': 'application/json' }
  return Readable.from(
    (async function* () {
      yield frame(headers, Buffer.from(JSON.stringify(first)))
      yield* frames(model, shape, events)
    })(),
    { objectMode: false },
  )
}

/**
 * The frames of `application/vnd.amazon.eventstream`. Each event is an object with one member of the stream's shape. A ServiceError
 * that the iteration throws becomes a modelled exception frame; any other error an InternalStreamFailure without its text, so that
 * the client learns that the stream is cut and nothing more.
 */
export function eventStream(model: ServiceModel, shape: Shape, events: Events): Readable {
  return Readable.from(frames(model, shape, events), { objectMode: false })
}

async function* frames(model: ServiceModel, shape: Shape, events: Events) {
  try {
    for await (const event of events) {
      const [name, value] = Object.entries(event)[0] ?? []
      const ref = name === undefined ? undefined : shape.members?.[name]
      if (name === undefined || !ref) throw new Error(`The event stream has no event '${name}'`)
      yield encodeEvent(model, name, ref, value as Record<string, unknown>)
    }
  } catch (error) {
    yield encodeError(shape, error)
  }
}

function encodeEvent(model: ServiceModel, name: string, ref: ShapeRef, value: Record<string, unknown>): Uint8Array {
  const shape = model.shapes[ref.shape] as Shape
  if (shape.exception) return exceptionFrame(name, value)
  const payload = Object.entries(shape.members ?? {}).find(([, member]) => 'eventpayload' in member)
  const blob = payload && model.shapes[payload[1].shape]?.type === 'blob'
  const body = blob
    ? (value[payload[0]] as Uint8Array)
    : Buffer.from(JSON.stringify(writeTree(model, ref, value, jsonLeaves)))
  return frame(
    {
      ':message-type': 'event',
      ':event-type': name,
      ':content-type': blob ? 'application/octet-stream' : 'application/json',
    },
    body,
  )
}

function encodeError(shape: Shape, error: unknown): Uint8Array {
  if (error instanceof ServiceError) {
    const modelled = Object.hasOwn(shape.members ?? {}, error.code)
    if (modelled) return exceptionFrame(error.code, { Message: error.message, ...error.fields })
    return frame(
      { ':message-type': 'error', ':error-code': error.code, ':error-message': error.message },
      Buffer.alloc(0),
    )
  }
  return exceptionFrame('InternalStreamFailure', { Message: 'The stream ended because of an internal failure.' })
}

const exceptionFrame = (name: string, value: Record<string, unknown>): Uint8Array =>
  frame(
    { ':message-type': 'exception', ':exception-type': name, ':content-type': 'application/json' },
    Buffer.from(JSON.stringify(value)),
  )

function frame(headers: Readonly<Record<string, string>>, body: Uint8Array): Uint8Array {
  const marked: MessageHeaders = {}
  for (const [name, value] of Object.entries(headers)) marked[name] = { type: 'string', value }
  return codecOf().encode({ headers: marked, body: body ?? new Uint8Array(0) })
}
