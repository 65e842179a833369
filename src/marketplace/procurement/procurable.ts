import { ServiceError } from '../../ground/errors.ts'
import type { Db } from '../../store/database.ts'
import { findEntity } from '../entity.ts'
import {
  type Experience,
  isAllowed,
  isAudience,
  isExperience,
  isGoverning,
  isPolicy,
  type ProcurementPolicy,
} from './experience.ts'

export interface Governing {
  readonly experience: Experience
  readonly policy: ProcurementPolicy
}

/** What governs an account: an experience of its own, one of the operator's, both or none. */
async function governing(db: Db, account: string): Promise<Governing[]> {
  const rows = await db
    .selectFrom('market_entity_account')
    .innerJoin('market_entity', 'market_entity.id', 'market_entity_account.entity')
    .select('market_entity.id')
    .where('market_entity_account.account', '=', account)
    .where('market_entity.kind', '=', 'Audience')
    .execute()
  const found: Governing[] = []
  for (const { id } of rows) {
    const audience = await findEntity({ db }, id)
    const experience = isAudience(audience) ? await findEntity({ db }, audience.document.experience) : undefined
    if (!isExperience(experience) || !isGoverning(experience)) continue
    const policy = await findEntity({ db }, experience.document.policy ?? '')
    if (isPolicy(policy)) found.push({ experience, policy })
  }
  return found
}

/** The private marketplace that does not let an account subscribe to a product; undefined when all do. */
export const notAllowing = async (db: Db, account: string, product: string): Promise<Governing | undefined> =>
  (await governing(db, account)).find(({ policy }) => !isAllowed(policy, product))

/** Throws AccessDeniedException with AWS's reason for a product that the account's private marketplace does not have. */
export async function requireProcurable(db: Db, account: string, product: string): Promise<void> {
  if (await notAllowing(db, account, product))
    throw new ServiceError(
      'AccessDeniedException',
      `The private marketplace of account ${account} does not allow product ${product}. Ask its administrator for it.`,
      { fields: { reason: 'DENIED_BY_PRIVATE_MARKETPLACE_POLICY' } },
    )
}
