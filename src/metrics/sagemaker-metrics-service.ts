import { type Service, service } from '../service/service.ts'

/**
 * SageMaker Metrics: the API that experiment trackers write trial components' metrics with. Trial components are not served, so none
 * of its operations is, and the gateway says so; training jobs' metrics are in CloudWatch.
 */
export const createSageMakerMetricsService = (): Service =>
  service<Record<never, never>>({ model: 'sagemaker-metrics', operations: {} })
