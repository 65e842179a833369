import Big from 'big.js'
import { ServiceError, ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { allAsk, type OwnApi, type Service, service } from '../../service/service.ts'
import { never } from '../../store/schema/market-columns.ts'
import type { Transaction } from '../../store/store.ts'
import { addDuration, findTerm } from '../term.ts'
import { type Agreement, isActive, requireProposer } from './agreement.ts'
import { onAgreement } from './agreement-access.ts'
import { decidedAt, requireUndecided } from './agreement-amendment.ts'
import { tellAmended } from './agreement-event.ts'
import { agreementValue } from './agreement-value.ts'
import { renewedTerms } from './renewed-terms.ts'

/**
 * What a seller decides of renewals. AWS's sellers do it in their portal (Seller Guide, "Managing agreement renewals"), for which there is no
 * operation; this one is ours, see `docs/offers.md`.
 */
export const createRenewalService = (): Service =>
  service<OwnApi, object>({
    model: 'marketplace-renewals',
    parts: () => ({}),
    operations: allAsk<OwnApi, object>(onAgreement, {
      OptOutOfRenewal: optOutOfRenewal,
      FinalizeRenewal: finalizeRenewal,
    }),
  })

type Asked = { readonly agreementId: string }

/** Once, and for good. */
const optOutOfRenewal = ({ agreementId }: Asked, ctx: Context) =>
  decide(agreementId, ctx, async (tx, agreement) => {
    await save(tx, agreement, { optedOut: true })
    const lockoutStart = decidedAt(agreement)
    await tellAmended(tx, agreement, {
      ...{ autoRenewalEnabled: false, disabledBy: 'PROPOSER' },
      ...(lockoutStart < never && { lockoutStart }),
    })
    return {}
  })

/** By how many percent the price rises, within the range of the terms: once, before the deadline. */
const finalizeRenewal = ({ agreementId, percentage }: Asked & { readonly percentage: string }, ctx: Context) =>
  decide(agreementId, ctx, async (tx, agreement) => {
    const { PriceIncrease: range, AdjustmentDeadline: deadline } = renewalOf(agreement)
    if (range?.Type !== 'PercentageRange' || !deadline)
      throw new ValidationException(`The price of agreement ${agreementId} does not rise within a range.`)
    if (agreement.document.chosen !== undefined)
      throw conflict(`Agreement ${agreementId} was finalized at ${agreement.document.chosen} percent.`)
    if (ctx.now().getTime() >= agreement.ends - addDuration(0, deadline))
      throw conflict(`The adjustment deadline of agreement ${agreementId} is over.`)
    if (Big(percentage).lt(range.MinValue) || Big(percentage).gt(range.MaxValue))
      throw new ValidationException(`Choose a percentage from ${range.MinValue} to ${range.MaxValue}.`)
    const chosen = await save(tx, agreement, { chosen: percentage })
    return { agreementValue: agreementValue(renewedTerms(chosen)), currencyCode: 'USD' }
  })

function decide<Answer>(
  id: string,
  ctx: Context,
  change: (tx: Transaction, agreement: Agreement) => Promise<Answer>,
): Promise<Answer> {
  return ctx.store.transaction(async tx => {
    const agreement = await requireProposer(tx.db, id, ctx.account)
    const now = ctx.now().getTime()
    if (!isActive(agreement, now)) throw conflict(`Agreement ${id} is not in force.`)
    renewalOf(agreement)
    requireUndecided(agreement, now)
    return change(tx, agreement)
  })
}

function renewalOf({ id, document }: Agreement) {
  const term = findTerm(document.terms, 'RenewalTerm')
  if (!term) throw new ValidationException(`Agreement ${id} has no RenewalTerm.`)
  return term
}

async function save(tx: Transaction, agreement: Agreement, more: Partial<Agreement['document']>): Promise<Agreement> {
  const changed = { ...agreement, document: { ...agreement.document, ...more } }
  const document = JSON.stringify(changed.document)
  await tx.db.updateTable('market_agreement').set({ document }).where('id', '=', agreement.id).execute()
  return changed
}

const conflict = (message: string): ServiceError => new ServiceError('ConflictException', message)
