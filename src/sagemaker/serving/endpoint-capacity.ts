import { ValidationException } from '../../ground/errors.ts'
import type { Transaction } from '../../store/store.ts'
import { askForCapacity } from '../capacity/capacity.ts'
import type { In, Op } from '../sagemaker-operation.ts'
import { requireRoomForEndpoint } from '../work-quota.ts'
import { type Deployment, type EndpointRow, type EndpointVariant, endpoints, requireInService } from './endpoint.ts'

export const updateEndpointWeightsAndCapacities: Op<'UpdateEndpointWeightsAndCapacities'> = (input, ctx) =>
  ctx.store.transaction(async tx => {
    const row = await requireInService(tx, input.EndpointName, ctx)
    await changeCapacities(tx, row, input.DesiredWeightsAndCapacities, ctx.now())
    return { EndpointArn: row.arn }
  })

type Desired = In<'UpdateEndpointWeightsAndCapacities'>['DesiredWeightsAndCapacities']

/** Throws ValidationException for a variant that has instances. */
function admitting(variant: EndpointVariant, MaxConcurrency: number): EndpointVariant {
  if (!variant.serverless)
    throw new ValidationException(
      `ServerlessUpdateConfig cannot be given for variant "${variant.name}", which is not serverless.`,
    )
  return { ...variant, serverless: { ...variant.serverless, MaxConcurrency } }
}

/** Weights and instance counts of an endpoint in service. What is added waits for capacity as any deployment does. Throws ValidationException or ResourceLimitExceeded. */
export async function changeCapacities(tx: Transaction, row: EndpointRow, desired: Desired, now: Date): Promise<void> {
  const { guard: _, ...live } = row.live as Deployment
  let attempt = row.lastAttempt
  let { variants, hosts } = live
  for (const { VariantName, DesiredWeight, DesiredInstanceCount, ServerlessUpdateConfig } of desired) {
    const variant = live.variants.find(({ name }) => name === VariantName)
    if (!variant)
      throw new ValidationException(
        `The variant name(s) "${VariantName}" is/are not present within endpoint configuration "${live.configName}".`,
      )
    if (DesiredWeight !== undefined)
      variants = variants.map(variant =>
        variant.name === VariantName ? { ...variant, weight: DesiredWeight } : variant,
      )
    const mostAtOnce = ServerlessUpdateConfig?.MaxConcurrency
    if (mostAtOnce !== undefined)
      variants = variants.map(one => (one.name === VariantName ? admitting(one, mostAtOnce) : one))
    if (DesiredInstanceCount === undefined) continue
    if (variant.serverless)
      throw new ValidationException(
        `DesiredInstanceCount cannot be given for variant "${VariantName}", which is serverless and has no instances.`,
      )
    if (DesiredInstanceCount < 1 && !live.async)
      throw new ValidationException(
        `DesiredInstanceCount of variant "${VariantName}" must be at least 1: only an asynchronous endpoint has none, and keeps requests meanwhile.`,
      )
    const kept = hosts.filter(host => host.variant !== VariantName || host.index < DesiredInstanceCount)
    const have = kept.filter(host => host.variant === VariantName).length
    const added = Array.from({ length: DesiredInstanceCount - have }, (_, index) => ({
      variant: VariantName,
      index: have + index,
      attempt: ++attempt,
    }))
    hosts = [...kept, ...added]
  }
  const target = { ...live, variants, hosts, since: now.getTime() }
  if (hosts.length > live.hosts.length) await requireRoomForEndpoint(tx, row, target)
  await endpoints.update(tx, row.arn, {
    status: 'Updating',
    target,
    lastAttempt: attempt,
  })
  await tx.enqueue('endpoint', row.arn)
  await askForCapacity(tx)
}
