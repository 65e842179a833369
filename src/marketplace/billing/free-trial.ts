import type { Context } from '../../service/context.ts'
import { findAgreement, noSuchAgreement } from '../agreement/agreement.ts'
import { isHourly } from '../dimension.ts'
import { pricingOf, usageLines } from './statement.ts'

/**
 * What a buyer's free trial grants of each dimension, and what is used of it, in hours or requests. `endsAt` is absent where the agreement
 * has no trial, `granted` where any number is free. Throws ResourceNotFoundException of an agreement that the caller has not accepted.
 */
export async function getFreeTrial({ agreementId }: { readonly agreementId: string }, ctx: Context) {
  const { db } = ctx.store
  const agreement = await findAgreement(db, agreementId)
  if (agreement?.acceptor !== ctx.account) throw noSuchAgreement(agreementId)
  const { trial } = await pricingOf(db, agreement)
  if (!trial) return { grants: [] }
  const lines = await usageLines(db, agreement, Math.min(ctx.now().getTime(), trial.ends))
  const grants = [...trial.quotas].map(([dimensionKey, quota]) => {
    const inUnit = (units: bigint) => Number(units) / (isHourly(dimensionKey) ? 60 : 1)
    const used = lines.reduce((sum, line) => sum + (line.dimension === dimensionKey ? line.freeUnits : 0n), 0n)
    return {
      ...{ dimensionKey, unit: isHourly(dimensionKey) ? 'hours' : 'requests', used: inUnit(used) },
      ...(quota !== 'unlimited' && { granted: inUnit(quota) }),
    }
  })
  return { endsAt: new Date(trial.ends), grants }
}
