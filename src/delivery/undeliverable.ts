/** An event or a message on its way to a receiver. */
export interface Outgoing {
  readonly seq: number
  /** When it was announced; milliseconds. */
  readonly announced: number
  readonly body: string
  /** Of the row that keeps it, where others get it too. */
  readonly body_id?: number | null
  /** How often it was tried in vain. */
  readonly attempts: number
}

/** Why it is not tried again: its receiver is gone, or it cannot be made into what that takes. */
export class Undeliverable extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
