import { catalog } from '../identifier.ts'
import { invalidAgreement } from './agreement.ts'

/** The one type of agreement that a marketplace makes. */
export const agreementType = 'PurchaseAgreement'

export function checkAgreementCatalog(name: string | undefined): void {
  if (name !== undefined && name !== catalog)
    throw invalidAgreement('INVALID_CATALOG', `The catalog ${name} does not exist; use ${catalog}.`)
}
