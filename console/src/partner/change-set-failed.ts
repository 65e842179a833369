interface Refusal {
  readonly code: string
  readonly message: string
}

/** What the catalog refused, change by change. */
export class ChangeSetFailed extends Error {
  override readonly name = 'ChangeSetFailed'
  readonly refusals: readonly Refusal[]

  constructor(message: string, refusals: readonly Refusal[]) {
    super(message)
    this.refusals = refusals
  }
}
