import type { Readable } from 'node:stream'
import type { ServiceError } from '../ground/errors.ts'
import type { OperationModel, ServiceModel } from '../model/service-model.ts'

/** A request as it came over the wire; `path` and `query` still percent-encoded, header names lower-case. */
export interface WireRequest {
  readonly method: string
  readonly path: string
  /** Without the question mark; empty when there is none. */
  readonly query: string
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** What a protocol parses: the operation asked, its path labels (REST) and the body: unread for streaming payloads that are not small. */
export interface Call {
  readonly model: ServiceModel
  readonly operation: OperationModel
  readonly request: WireRequest
  readonly labels: Readonly<Record<string, string>>
  readonly body: Uint8Array | Readable
  /** What `head` read of this very request already. */
  readonly head?: Readonly<Record<string, unknown>>
}

export interface WireResponse {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body?: string | Uint8Array | Readable
}

/** Whom an error answers: `operation` is absent when the request failed before it was known. */
interface Failure {
  readonly model: ServiceModel | undefined
  readonly request: WireRequest
  readonly requestId: string
}

/**
 * One wire protocol. `parse` throws a ServiceError (SerializationException or the protocol's own code, 400) that names the member;
 * an input member that the model does not know is refused, never dropped.
 */
export interface Protocol {
  parse(call: Call): Record<string, unknown> | Promise<Record<string, unknown>>
  /** The members that travel before the body, where all that leave depends on is among them. */
  head?(call: Omit<Call, 'body'>): Record<string, unknown>
  serialize(
    call: Pick<Call, 'model' | 'operation' | 'request'>,
    output: Record<string, unknown>,
    requestId: string,
  ): WireResponse
  serializeError(failure: Failure, error: ServiceError): WireResponse
}
