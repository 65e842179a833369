import { load } from '../model/load.ts'
import type { Service } from '../service/operation.ts'

/**
 * SageMaker Metrics: the API that experiment trackers write trial components' metrics with. Trial components are not served, so none
 * of its operations is, and the gateway says so; training jobs' metrics are in CloudWatch.
 */
export const createSageMakerMetricsService = (): Service => ({
  model: load('sagemaker-metrics'),
  operations: {},
  access: operation => [{ action: `sagemaker:${operation}`, resource: '*' }],
})
