import type { Announcement } from '../../store/announcement.ts'
import type { Transaction } from '../../store/store.ts'
import { tagsOf } from '../state-change.ts'
import type { EndpointRow } from './endpoint.ts'
import { endpointView } from './endpoint-view.ts'

/** Told at each stage of a guarded deployment. Source: SageMaker Developer Guide, "Endpoint deployment state change", whose shape this is. */
export async function deploymentChange(tx: Transaction, row: EndpointRow): Promise<Announcement> {
  const { arn, account, region } = row
  const view = endpointView(row)
  const { EndpointName, EndpointArn, EndpointConfigName, ProductionVariants, PendingDeploymentSummary } = view
  return {
    ...{ account, region, source: 'aws.sagemaker', detailType: 'SageMaker Endpoint Deployment State Change' },
    resources: [arn],
    detail: async () => ({
      ...{ EndpointName, EndpointArn, EndpointConfigName, ProductionVariants, EndpointStatus: 'UPDATING' },
      ...{ CreationTime: row.created, LastModifiedTime: row.modified, Tags: await tagsOf(tx, arn) },
      PendingDeploymentSummary,
    }),
  }
}
