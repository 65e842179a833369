/** What a request asks leave for. `owner` is the account that holds the resource (the caller's own when absent). */
export interface Access {
  /** `sagemaker:CreateTrainingJob`. */
  readonly action: string
  readonly resource: string
  readonly owner?: string
  /** The resource's own policy document, JSON text. */
  readonly resourcePolicy?: string
  /** Condition keys beyond the global ones: `s3:prefix`, `aws:RequestTag/…`. */
  readonly conditions?: Readonly<Record<string, string | readonly string[]>>
}
