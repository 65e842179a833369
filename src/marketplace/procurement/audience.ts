import type { Db } from '../../store/database.ts'
import { type CatalogDraft, loadEntity, putPart } from '../catalog/catalog-draft.ts'
import { ChangeRefused } from '../catalog/change-refused.ts'
import { type Experience, isAudience, isExperience, newAudience } from './experience.ts'

// biome-ignore lint/suspicious/noExplicitAny: details were checked against the shape of their change type when the set was started
type Details = any

/** Adds accounts to whom an experience is for; the first call makes the audience. */
export async function associateAudience(
  draft: CatalogDraft,
  experience: Experience,
  { Name, Description, Principals }: Details,
): Promise<Experience> {
  await requireGoverned(draft, Principals)
  await requireFree(draft, experience, Principals)
  const known = await loadEntity(draft, experience.document.audience ?? '')
  const audience = isAudience(known) ? known : newAudience(experience, draft.parts.now)
  const { description, buyerAccounts } = audience.document
  const document = {
    ...audience.document,
    description: Description ?? description,
    buyerAccounts: [...new Set([...buyerAccounts, ...Principals])],
  }
  putPart(draft, { ...audience, name: Name ?? audience.name, document })
  return { ...experience, document: { ...experience.document, audience: audience.id } }
}

export async function disassociateAudience(
  draft: CatalogDraft,
  experience: Experience,
  { Principals }: Details,
): Promise<Experience> {
  const audience = await loadEntity(draft, experience.document.audience ?? '')
  const accounts: readonly string[] = isAudience(audience) ? audience.document.buyerAccounts : []
  const stranger = Principals.find((account: string) => !accounts.includes(account))
  if (!isAudience(audience) || stranger !== undefined)
    throw new ChangeRefused('ENTITY_NOT_FOUND', `The experience is not associated with the account ${stranger}`)
  const buyerAccounts = accounts.filter(account => !Principals.includes(account))
  putPart(draft, { ...audience, document: { ...audience.document, buyerAccounts } })
  return experience
}

/** An account governs itself; the operator's governs all. */
async function requireGoverned({ set, parts }: CatalogDraft, accounts: readonly string[]): Promise<void> {
  const own = accounts.every(account => account === set.account)
  if (!own && (await parts.operator()) !== set.account)
    throw new ChangeRefused('CALLER_NOT_AUTHORIZED', 'Caller not authorized to execute the action')
}

/** An administrator has an account in one experience at a time; archived ones do not count. Throws ChangeRefused. */
export async function requireFree(
  draft: CatalogDraft,
  experience: Experience,
  accounts: readonly string[],
): Promise<void> {
  const ids = await audiencesWith(draft.parts.db, experience.account, accounts)
  const stored = await Promise.all(ids.map(id => loadEntity(draft, id)))
  for (const audience of new Set([...stored, ...draft.entities.values()])) {
    if (!isAudience(audience) || audience.document.experience === experience.id) continue
    const taken = audience.document.buyerAccounts.find(account => accounts.includes(account))
    const other = taken === undefined ? undefined : await loadEntity(draft, audience.document.experience)
    if (isExperience(other) && other.state !== 'Archived') throw alreadyThere(taken)
  }
}

const alreadyThere = (account: string | undefined): ChangeRefused =>
  new ChangeRefused(
    'ENTITY_ALREADY_EXISTS',
    `An experience is already associated with the account ${account}. Disassociate previous experience before updating`,
  )

/** Ids of an administrator's audiences that have any of the accounts. */
export async function audiencesWith(db: Db, administrator: string, accounts: readonly string[]): Promise<string[]> {
  if (accounts.length === 0) return []
  const rows = await db
    .selectFrom('market_entity_account')
    .innerJoin('market_entity', 'market_entity.id', 'market_entity_account.entity')
    .select('market_entity.id')
    .where('market_entity_account.account', 'in', [...accounts])
    .where('market_entity.kind', '=', 'Audience')
    .where('market_entity.account', '=', administrator)
    .execute()
  return [...new Set(rows.map(({ id }) => id))]
}
