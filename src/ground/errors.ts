/**
 * An answer that is an error of the service's own: thrown anywhere, serialized in one place (`protocol/`) in the words of the
 * caller's protocol. `code` is AWS's error code; `status` overrides the HTTP status of the model (400 when the model has none);
 * `fields` are further members of the modelled error shape.
 */
export class ServiceError extends Error {
  readonly code: string
  readonly status: number | undefined
  readonly fields: Readonly<Record<string, unknown>>

  constructor(code: string, message: string, options: { status?: number; fields?: Record<string, unknown> } = {}) {
    super(message)
    this.name = code
    this.code = code
    this.status = options.status
    this.fields = options.fields ?? {}
  }
}

/** A rule of the service that the model cannot state; AWS's code for it in the JSON protocols. */
export class ValidationException extends ServiceError {
  constructor(message: string) {
    super('ValidationException', message)
  }
}

/** The caller may not do this. Decided before existence is revealed. Services with another code (S3) map it when serializing. */
export class AccessDenied extends ServiceError {
  constructor(message: string, code = 'AccessDeniedException') {
    super(code, message, { status: code === 'AccessDenied' ? 403 : 400 })
  }
}

/** Nobody heard whether what was asked has been done. Who asks by a number, which is done once, asks again. */
export class OutcomeUnknown extends Error {
  readonly outcome = 'unknown'
  /** Looks whether it has been done; undefined while nobody can tell. Absent where nobody ever can. */
  readonly wasDone: (() => Promise<boolean | undefined>) | undefined

  constructor(message: string, { cause, wasDone }: { cause?: unknown; wasDone?: OutcomeUnknown['wasDone'] } = {}) {
    super(message, { cause })
    this.wasDone = wasDone
  }
}

/** Also of other errors that say so, and of those of another process. */
export const leavesUnknown = (error: unknown): boolean =>
  (error as { readonly outcome?: unknown } | undefined)?.outcome === 'unknown'
