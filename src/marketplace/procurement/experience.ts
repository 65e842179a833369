import { never } from '../../store/schema/market-columns.ts'
import type { Entity, EntityKind } from '../entity.ts'
import { derivedId } from '../identifier.ts'

interface Child {
  readonly description: string
  /** The experience that it is a part of. */
  readonly experience: string
  readonly buyerAccounts: readonly string[]
}

interface ExperienceDocument {
  readonly description: string
  /** Ids of its parts: one of each at most. */
  readonly policy?: string
  readonly branding?: string
  readonly audience?: string
  readonly buyerAccounts: readonly []
}

/** A private marketplace. Its `state` is Enabled, Disabled or Archived. */
export type Experience = Entity<ExperienceDocument>

export interface Resource {
  readonly ids: readonly string[]
  readonly notes?: string
}

interface PolicyDocument extends Child {
  readonly allowed: readonly Resource[]
  readonly denied: readonly Resource[]
  /** Whether users may ask for what is not allowed. */
  readonly requests: 'Allow' | 'Deny'
}

export type ProcurementPolicy = Entity<PolicyDocument>

export interface Branding {
  readonly Title?: string
  readonly Information?: string
  readonly ThemeColor?: string
  readonly LogoUrl?: string
}

interface BrandingDocument extends Child {
  readonly configuration: Branding
}

export type BrandingSettings = Entity<BrandingDocument>

/** The accounts that an experience holds for are its `buyerAccounts`. */
export type Audience = Entity<Child>

const is =
  <E extends Entity>(kind: EntityKind) =>
  (entity: Entity | undefined): entity is E =>
    entity?.kind === kind

export const isExperience = is<Experience>('Experience')
export const isPolicy = is<ProcurementPolicy>('ProcurementPolicy')
export const isBranding = is<BrandingSettings>('BrandingSettings')
export const isAudience = is<Audience>('Audience')

const entity = (id: string, kind: EntityKind, account: string, name: string, now: number) => ({
  ...{ id, kind, account, name, revision: 0, state: '', product: '' },
  ...{ created: now, modified: now, released: 0, ends: never, policy: '' },
})

export const newExperience = (id: string, account: string, now: number): Experience => ({
  ...entity(id, 'Experience', account, '', now),
  state: 'Disabled',
  document: { description: '', buyerAccounts: [] },
})

const part = (experience: Experience) => ({ description: '', experience: experience.id, buyerAccounts: [] })

export const newPolicy = (of: Experience, now: number): ProcurementPolicy => ({
  ...entity(derivedId('procpolicy-', 13, of.id), 'ProcurementPolicy', of.account, '', now),
  document: { ...part(of), allowed: [], denied: [], requests: 'Allow' },
})

export const newBranding = (of: Experience, now: number): BrandingSettings => ({
  ...entity(derivedId('brandsettings-', 13, of.id), 'BrandingSettings', of.account, '', now),
  document: { ...part(of), configuration: { Title: 'Private Marketplace', ThemeColor: '#232F3E' } },
})

export const newAudience = (of: Experience, now: number): Audience => ({
  ...entity(derivedId('audience-', 13, of.id), 'Audience', of.account, `Audience for Experience ${of.id}`, now),
  document: part(of),
})

/** An experience governs when it is enabled and has a policy: one without allows everything (Developer Guide, "private marketplace"). */
export const isGoverning = ({ state, document }: Experience): boolean =>
  state === 'Enabled' && document.policy !== undefined

const has = (resources: readonly Resource[], product: string): boolean =>
  resources.some(({ ids }) => ids.includes(product))

export const isAllowed = ({ document }: ProcurementPolicy, product: string): boolean => has(document.allowed, product)
export const isDenied = ({ document }: ProcurementPolicy, product: string): boolean => has(document.denied, product)

/** Puts products on one list and takes them off both before, with what was noted of them. */
export function decideProducts(
  policy: ProcurementPolicy,
  list: 'allowed' | 'denied',
  resources: readonly Resource[],
): ProcurementPolicy {
  const moved = resources.flatMap(({ ids }) => ids)
  const others = (given: readonly Resource[]) =>
    given
      .map(resource => ({ ...resource, ids: resource.ids.filter(id => !moved.includes(id)) }))
      .filter(({ ids }) => ids.length > 0)
  const { allowed, denied } = policy.document
  const left = { allowed: others(allowed), denied: others(denied) }
  return { ...policy, document: { ...policy.document, ...left, [list]: [...left[list], ...resources] } }
}

const described = ({ name, document: { description } }: Entity<{ description: string }>) => ({
  ...(name && { Name: name }),
  ...(description && { Description: description }),
})

function describeExperience(experience: Experience) {
  const { policy, branding } = experience.document
  const isArchived = experience.state === 'Archived'
  return {
    ...described(experience),
    Status: isArchived ? 'Disabled' : experience.state,
    AdminStatus: isArchived ? 'Restricted' : 'Editable',
    ProcurementPolicies: policy === undefined ? [] : [policy],
    BrandingSettings: branding === undefined ? [] : [branding],
  }
}

function describePolicy(policy: ProcurementPolicy) {
  const { allowed, denied, requests } = policy.document
  const statement = (Effect: string, resources: readonly Resource[]) => ({
    Effect,
    Resources: resources.map(({ ids, notes }) => ({ Type: 'Product', Ids: ids, ...(notes && { Notes: notes }) })),
  })
  const statements = [statement('Allow', allowed), statement('Deny', denied)]
  return {
    ...described(policy),
    Statements: statements.filter(({ Resources }) => Resources.length > 0),
    Configuration: { PolicyResourceRequests: requests },
  }
}

/** DetailsDocument of DescribeEntity for the entity types of a private marketplace; undefined for others. */
export function describeProcurement(found: Entity): object | undefined {
  if (isExperience(found)) return describeExperience(found)
  if (isPolicy(found)) return describePolicy(found)
  if (isBranding(found)) return { ...described(found), Configuration: found.document.configuration }
  if (!isAudience(found)) return undefined
  const { experience: ExperienceId, buyerAccounts: Principals } = found.document
  return { ...described(found), Principals, ExperienceId }
}
