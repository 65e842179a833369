import type { AccessRule } from '../../service/service.ts'
import { findAgreement } from './agreement.ts'

interface Asked {
  readonly agreementId?: string | undefined
  readonly partyType?: string | undefined
  readonly filters?: readonly { readonly name?: string | undefined; readonly values?: readonly string[] | undefined }[]
}

/**
 * Leave for an operation on agreements, which have no ARNs: policies tell them apart by their type and by the side on which the
 * caller stands (Service Authorization Reference, AWS Marketplace: `aws-marketplace:AgreementType`, `aws-marketplace:PartyType`).
 */
export const onAgreement: AccessRule<Asked> = async (input, ctx, operation) => {
  const agreement = input.agreementId === undefined ? undefined : await findAgreement(ctx.store.db, input.agreementId)
  const side =
    agreement?.acceptor === ctx.account ? 'Acceptor' : agreement?.proposer === ctx.account ? 'Proposer' : undefined
  const asked = input.partyType ?? input.filters?.find(filter => filter.name === 'PartyType')?.values?.[0]
  const party = side ?? asked ?? sideOf(operation)
  const conditions = {
    'aws-marketplace:AgreementType': ['PurchaseAgreement'],
    ...(party !== undefined && { 'aws-marketplace:PartyType': party }),
  }
  return [{ action: `aws-marketplace:${operation}`, resource: '*', conditions }]
}

const ofBuyers = new Set(['CreateAgreementRequest', 'AcceptAgreementRequest', 'UpdatePurchaseOrders'])
const ofSellers = new Set(['BatchCreateBillingAdjustmentRequest'])

/** What only one side asks. */
const sideOf = (operation: string): string | undefined =>
  ofBuyers.has(operation) ? 'Acceptor' : ofSellers.has(operation) ? 'Proposer' : undefined
