import { load } from '../model/load.ts'
import type { Service } from '../service/operation.ts'
import { getMetricData } from './get-metric-data.ts'
import { getMetricStatistics } from './get-metric-statistics.ts'
import { listMetrics } from './metric.ts'
import type { Metrics } from './metric-sink.ts'
import { putMetricData } from './put-metric-data.ts'

/** CloudWatch metrics. `metrics` is what `createMetrics` made: data put by clients goes the way of the platform's own. */
export const createCloudWatchService = (parts: { metrics: Metrics }): Service => ({
  model: load('cloudwatch'),
  operations: {
    GetMetricData: getMetricData,
    GetMetricStatistics: getMetricStatistics,
    ListMetrics: listMetrics,
    PutMetricData: putMetricData(parts.metrics),
  },
  // Metrics have no ARNs; policies narrow by namespace (Service Authorization Reference, Amazon CloudWatch).
  access(operation, input) {
    const asked = { action: `cloudwatch:${operation}`, resource: '*' }
    if (operation !== 'PutMetricData') return [asked]
    return [{ ...asked, conditions: { 'cloudwatch:namespace': String(input.Namespace) } }]
  },
})
