export interface MetricDatum {
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly time: Date
  readonly value: number
  readonly unit?: string
}

/** Where training metrics and endpoint metrics go. */
export interface MetricSink {
  /** Accepts at once; durable within a second. */
  put(account: string, region: string, namespace: string, data: readonly MetricDatum[]): void
}
