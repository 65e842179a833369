import type { InferenceComponentDeploymentConfig } from '@aws-sdk/client-sagemaker'
import { quotas } from '../../quotas/quotas.ts'
import { type Resource, resources } from '../../store/resources.ts'
import type { Transaction } from '../../store/store.ts'
import type { ComponentVersion } from './component-version.ts'

/** One container of a component; each start of it is an attempt of its own. */
export interface ComponentCopy {
  readonly attempt: number
  /** The attempt of the endpoint's host that it is on. */
  readonly host: number
}

export interface ComponentFleet {
  readonly version: ComponentVersion
  /** How many copies are wanted. */
  readonly count: number
  readonly copies: readonly ComponentCopy[]
  /** It takes the place of copies that have died or lost their instance: as many as there is room for. */
  readonly heals?: true
  /** When the next batch of an update begins, in milliseconds. */
  readonly waitsUntil?: number
}

export interface InferenceComponentRow extends Resource {
  readonly status: 'Creating' | 'InService' | 'Updating' | 'Failed' | 'Deleting'
  readonly failureReason?: string
  readonly endpointArn: string
  readonly variant: string
  /** What serves; absent until the first copies are healthy. */
  readonly live?: ComponentFleet
  /** What is being brought up; without copies, what was wanted of one that has failed. */
  readonly target?: ComponentFleet
  readonly lastAttempt: number
  readonly lastVersion: number
  /** How often the same was tried again over errors of the platform's own. */
  readonly tries?: number
  readonly deploymentConfig?: InferenceComponentDeploymentConfig
}

export const inferenceComponents = resources<InferenceComponentRow>('inference-component')

/** All components of an endpoint. */
export const componentsOf = (
  at: Pick<Transaction, 'db'>,
  { account, region, name: parent }: Pick<InferenceComponentRow, 'account' | 'region' | 'name'>,
  limit = quotas.sagemaker.componentsOfEndpoint.value,
): Promise<InferenceComponentRow[]> =>
  inferenceComponents.list(at, { account, region, parent, sortBy: 'created', descending: false, limit })
