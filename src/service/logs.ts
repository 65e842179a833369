export interface LogEvent {
  readonly time: Date
  readonly message: string
}

/** Where containers' output goes, under the names SageMaker gives. Groups and streams are made when first written. */
export interface LogSink {
  /** Appends in order, durably, and remembers `cursor` with the same commit, so that a pump resumes without loss or repeat. */
  append(stream: LogStreamName, events: readonly LogEvent[], cursor: string): Promise<void>
  /** The cursor of the last append; undefined for a stream that has none. */
  cursor(stream: LogStreamName): Promise<string | undefined>
  /** The newest events, oldest first: evidence for failure reasons. */
  tail(stream: LogStreamName, count: number): Promise<LogEvent[]>
}

export interface LogStreamName {
  readonly account: string
  readonly region: string
  readonly group: string
  readonly stream: string
}
