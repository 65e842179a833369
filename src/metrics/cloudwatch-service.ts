import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { onAnything, type SdkApi, type Service, service } from '../service/service.ts'
import { getMetricData } from './get-metric-data.ts'
import { getMetricStatistics } from './get-metric-statistics.ts'
import { listMetrics } from './metric.ts'
import type { MetricsParts } from './metrics-operation.ts'
import { putMetricData } from './put-metric-data.ts'

const anything = onAnything('cloudwatch')

/** CloudWatch metrics. Metrics have no ARNs; policies narrow by namespace (Service Authorization Reference, Amazon CloudWatch). */
export const createCloudWatchService = (parts: MetricsParts): Service =>
  service<SdkApi<typeof Sdk>, MetricsParts>({
    model: 'cloudwatch',
    parts: () => parts,
    operations: {
      GetMetricData: { run: getMetricData, access: anything },
      GetMetricStatistics: { run: getMetricStatistics, access: anything },
      ListMetrics: { run: listMetrics, access: anything },
      PutMetricData: {
        run: putMetricData,
        access: ({ Namespace }) => [
          { action: 'cloudwatch:PutMetricData', resource: '*', conditions: { 'cloudwatch:namespace': Namespace } },
        ],
      },
    },
  })
