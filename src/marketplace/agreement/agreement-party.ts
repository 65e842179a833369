import { invalidAgreement } from './agreement.ts'

/** The column of the side that a caller asks as: the buyer accepts, the seller proposes. */
export function partyColumn(partyType: string | undefined): 'acceptor' | 'proposer' {
  if (partyType === 'Acceptor') return 'acceptor'
  if (partyType === 'Proposer') return 'proposer'
  throw invalidAgreement('INVALID_PARTY_TYPE', 'partyType is Acceptor or Proposer.')
}
