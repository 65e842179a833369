interface Series {
  readonly labels: string
  readonly byStatus: Map<number, number>
  readonly buckets: Float64Array
  sum: number
  count: number
}

/** Upper bounds in seconds, from a metadata read to a long inference. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export interface RequestMetrics {
  observe(service: string, operation: string, status: number, seconds: number): void
  /** Prometheus text exposition format 0.0.4. */
  exposition(): string
}

export function createRequestMetrics(): RequestMetrics {
  const all = new Map<string, Series>()
  return {
    observe(service, operation, status, seconds) {
      const name = `${service}/${operation}`
      let series = all.get(name)
      if (!series) {
        series = newSeries(service, operation)
        all.set(name, series)
      }
      series.byStatus.set(status, (series.byStatus.get(status) ?? 0) + 1)
      const index = bounds.findIndex(bound => seconds <= bound)
      if (index >= 0) series.buckets[index] = (series.buckets[index] ?? 0) + 1
      series.sum += seconds
      series.count++
    },
    exposition: () => [...counters(all.values()), ...histograms(all.values()), ''].join('\n'),
  }
}

const newSeries = (service: string, operation: string): Series => ({
  labels: `service="${service}",operation="${operation}"`,
  byStatus: new Map(),
  buckets: new Float64Array(bounds.length),
  sum: 0,
  count: 0,
})

function* counters(all: Iterable<Series>) {
  yield '# HELP modelmart_requests_total Requests answered.'
  yield '# TYPE modelmart_requests_total counter'
  for (const { labels, byStatus } of all) {
    for (const [status, count] of byStatus) yield `modelmart_requests_total{${labels},status="${status}"} ${count}`
  }
}

function* histograms(all: Iterable<Series>) {
  yield '# HELP modelmart_request_duration_seconds Time from the request line to the last byte of the answer.'
  yield '# TYPE modelmart_request_duration_seconds histogram'
  for (const { labels, buckets, sum, count } of all) {
    let below = 0
    for (const [index, bound] of bounds.entries()) {
      below += buckets[index] ?? 0
      yield `modelmart_request_duration_seconds_bucket{${labels},le="${bound}"} ${below}`
    }
    yield `modelmart_request_duration_seconds_bucket{${labels},le="+Inf"} ${count}`
    yield `modelmart_request_duration_seconds_sum{${labels}} ${sum}`
    yield `modelmart_request_duration_seconds_count{${labels}} ${count}`
  }
}
