import { type CatalogDraft, loadEntity, putPart } from '../catalog/catalog-draft.ts'
import type { Change } from '../catalog/change.ts'
import { ChangeRefused } from '../catalog/change-refused.ts'
import { visibleProduct } from '../discovery/visibility.ts'
import type { Entity } from '../entity.ts'
import { associateAudience, disassociateAudience, requireFree } from './audience.ts'
import { checkBrandingLogo } from './branding-logo.ts'
import {
  type BrandingSettings,
  decideProducts,
  type Experience,
  isAudience,
  isBranding,
  isExperience,
  isPolicy,
  newBranding,
  newExperience,
  newPolicy,
  type ProcurementPolicy,
  type Resource,
} from './experience.ts'

// biome-ignore lint/suspicious/noExplicitAny: details were checked against the shape of their change type when the set was started
type Details = any

type ExperienceChange = (draft: CatalogDraft, experience: Experience, details: Details) => Promise<Experience>

/** What each change type does to an experience and its parts (Developer Guide, "Work with the private marketplace"). Throws ChangeRefused. */
const experienceChanges: Readonly<Record<string, ExperienceChange>> = {
  CreateExperience: async (_, experience, details) => named(experience, details),
  UpdateExperience: async (_, experience, details) => {
    if (Object.keys(details).length === 0)
      throw new ChangeRefused('MISSING_DATA', 'Provide Name, Description or Status.')
    return { ...named(experience, details), state: details.Status ?? experience.state }
  },
  RestrictExperience: archive,
  ReviveExperience: revive,
  CreateProcurementPolicy: createPolicy,
  UpdateProcurementPolicy: updatePolicy,
  AllowProductProcurement: (draft, experience, details) => decide(draft, experience, 'allowed', details),
  DenyProductProcurement: (draft, experience, details) => decide(draft, experience, 'denied', details),
  CreateBrandingSettings: createBranding,
  UpdateBrandingSettings: updateBranding,
  AssociateAudience: associateAudience,
  DisassociateAudience: disassociateAudience,
}

/** An experience as it is after a change, its parts put into the draft. */
export async function changeExperience(draft: CatalogDraft, change: Change): Promise<Experience> {
  const { set, parts } = draft
  const { type, entity, creates, details } = change
  const experience = creates ? newExperience(entity, set.account, parts.now) : await loadEntity(draft, entity)
  const make = experienceChanges[type]
  if (!isExperience(experience) || !make) throw new Error(`change set ${set.id} cannot ${type} ${entity}`)
  if (experience.state === 'Archived' && type !== 'ReviveExperience')
    throw new ChangeRefused('INCOMPATIBLE_EXPERIENCE_STATUS', 'The experience is archived; reactivate it first.')
  return make(draft, experience, details)
}

function named<E extends Entity<{ readonly description: string }>>(entity: E, { Name, Description }: Details): E {
  const { name, document } = entity
  return {
    ...entity,
    name: Name ?? name,
    document: { ...document, description: Description ?? document.description },
  }
}

async function archive(_: CatalogDraft, experience: Experience): Promise<Experience> {
  if (experience.state === 'Disabled') return { ...experience, state: 'Archived' }
  throw new ChangeRefused('INCOMPATIBLE_EXPERIENCE_STATUS', 'Disable the experience before it is archived.')
}

async function revive(draft: CatalogDraft, experience: Experience): Promise<Experience> {
  if (experience.state !== 'Archived')
    throw new ChangeRefused('INCOMPATIBLE_EXPERIENCE_STATUS', 'The experience is not archived.')
  const audience = await loadEntity(draft, experience.document.audience ?? '')
  if (isAudience(audience)) await requireFree(draft, experience, audience.document.buyerAccounts)
  return { ...experience, state: 'Disabled' }
}

const missing = (what: string) => new ChangeRefused('ENTITY_NOT_FOUND', `${what} missing from Experience`)
const exists = (what: string) => new ChangeRefused('ENTITY_ALREADY_EXISTS', `${what} exists for Experience`)

function configured(policy: ProcurementPolicy, details: Details): ProcurementPolicy {
  const next = named(policy, details)
  const requests = details.Configuration?.PolicyResourceRequests ?? policy.document.requests
  return { ...next, document: { ...next.document, requests } }
}

async function createPolicy(draft: CatalogDraft, experience: Experience, details: Details): Promise<Experience> {
  if (experience.document.policy !== undefined) throw exists('Procurement policy')
  const policy = configured(newPolicy(experience, draft.parts.now), details)
  putPart(draft, policy)
  return { ...experience, document: { ...experience.document, policy: policy.id } }
}

async function policyOf(draft: CatalogDraft, experience: Experience): Promise<ProcurementPolicy> {
  const policy = await loadEntity(draft, experience.document.policy ?? '')
  if (!isPolicy(policy)) throw missing('Procurement policy')
  return policy
}

async function updatePolicy(draft: CatalogDraft, experience: Experience, details: Details): Promise<Experience> {
  putPart(draft, configured(await policyOf(draft, experience), details))
  return experience
}

async function decide(
  draft: CatalogDraft,
  experience: Experience,
  list: 'allowed' | 'denied',
  { Products }: Details,
): Promise<Experience> {
  const policy = await policyOf(draft, experience)
  const resources: Resource[] = Products.map(({ Ids, Notes }: Details) => ({
    ids: Ids,
    ...(Notes && { notes: Notes }),
  }))
  for (const id of resources.flatMap(({ ids }) => ids)) await requireKnown(draft, id)
  putPart(draft, decideProducts(policy, list, resources))
  return experience
}

/**
 * A mistyped id would allow nothing and say nothing. What the administrator may not see is as what is not there; the operator, who lists for
 * others, knows all.
 */
async function requireKnown({ parts, set }: CatalogDraft, id: string): Promise<void> {
  const { db } = parts
  if (await visibleProduct(db, set.account, id)) return
  const row = await db.selectFrom('market_entity').selectAll().where('id', '=', id).executeTakeFirst()
  const isListed = row?.kind === 'MachineLearningProduct' && row.state !== 'Draft'
  if (!isListed || (await parts.operator()) !== set.account)
    throw new ChangeRefused('ENTITY_NOT_FOUND', `Product ${id} was not found`)
}

async function branded(draft: CatalogDraft, branding: BrandingSettings, details: Details): Promise<BrandingSettings> {
  const next = named(branding, details)
  const given = details.Configuration ?? {}
  if (given.LogoUrl) checkBrandingLogo(await draft.parts.readLogo(draft.set.account, given.LogoUrl))
  return { ...next, document: { ...next.document, configuration: { ...branding.document.configuration, ...given } } }
}

async function createBranding(draft: CatalogDraft, experience: Experience, details: Details): Promise<Experience> {
  if (experience.document.branding !== undefined) throw exists('Branding settings')
  const branding = await branded(draft, newBranding(experience, draft.parts.now), details)
  putPart(draft, branding)
  return { ...experience, document: { ...experience.document, branding: branding.id } }
}

async function updateBranding(draft: CatalogDraft, experience: Experience, details: Details): Promise<Experience> {
  const branding = await loadEntity(draft, experience.document.branding ?? '')
  if (!isBranding(branding)) throw missing('Branding settings')
  putPart(draft, await branded(draft, branding, details))
  return experience
}
