export interface OutgoingRequest {
  readonly method: string
  /** http or https; without a user name. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** More of the answer than usual is wanted. */
  readonly mostCharacters?: number
}

export interface OutgoingAnswer {
  readonly status: number
  /** The answer's first 1,024 characters, unless more were wanted. */
  readonly text: string
}

/** What came of a request; `untried`: its turn has not come, or it was cut off. */
export type Sent = OutgoingAnswer | Error | 'untried'

/** Nobody was reached: whatever was to be sent does not matter. */
export class Unreachable extends Error {}

/** The other side has not answered in its time. */
export class Unanswered extends Error {}

/** The address is none that may be asked. */
export class AddressRefused extends Unreachable {}
