import { readFileSync } from 'node:fs'
import type { ServiceModel } from './service-model.ts'

/** Names of the files beside this one. */
export type ModelName =
  | 'application-autoscaling'
  | 'cloudtrail'
  | 'cloudwatch'
  | 'ecr'
  | 'event-dead-letters'
  | 'events'
  | 'iam'
  | 'kms'
  | 'logs'
  | 'marketplace-agreement'
  | 'marketplace-catalog'
  | 'marketplace-discovery'
  | 'marketplace-entitlement'
  | 'marketplace-evaluations'
  | 'marketplace-operator'
  | 'marketplace-procurement'
  | 'marketplace-renewals'
  | 'marketplace-reports'
  | 'marketplace-reviews'
  | 'marketplace-usage'
  | 'meteringmarketplace'
  | 's3'
  | 'sagemaker'
  | 'sagemaker-metrics'
  | 'sagemaker-runtime'
  | 'service-quotas'
  | 'sns'
  | 'sts'

interface Patch {
  readonly service: string
  /** The keys from the root of the model, separated by dots. */
  readonly path: string
  readonly value: unknown
  readonly reason: string
}

const patches: readonly Patch[] = read('patches')
const loaded = new Map<string, ServiceModel>()

/**
 * The interface facts of a service by the name of its file, `load('sagemaker')`, with our corrections (`patches.json`, each with
 * its reason) applied. Throws when a patch names a place that the model does not have: a patch may not outlive what it mends.
 */
export function load(name: ModelName): ServiceModel {
  const known = loaded.get(name)
  if (known) return known
  const model: ServiceModel = read(name)
  for (const patch of patches) if (patch.service === name) apply(patch, model)
  loaded.set(name, model)
  return model
}

function apply(patch: Patch, model: ServiceModel): void {
  const keys = patch.path.split('.')
  const last = keys.pop() ?? ''
  let place: unknown = model
  for (const key of keys) place = (place as Record<string, unknown>)[key] ?? refuse(patch)
  const target = place as Record<string, unknown>
  target[last] = patch.value
}

function refuse(patch: Patch): never {
  throw new Error(`patches.json: ${patch.service} has no ${patch.path}`)
}

function read(name: string) {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8'))
}
