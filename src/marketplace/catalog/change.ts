import type * as Sdk from '@aws-sdk/client-marketplace-catalog'
import { ValidationException } from '../../ground/errors.ts'
import type { Input } from '../../service/operation.ts'
import type { EntityKind } from '../entity.ts'
import { randomId } from '../identifier.ts'
import { experienceDetails, productsProblem } from '../procurement/experience-details.ts'
import type { ErrorDetail } from './change-refused.ts'
import { type DetailsShape, detailsProblems, isObject } from './details-shape.ts'
import { offerDetails, offerSetDetails } from './offer-details.ts'
import { productDetails } from './product-details.ts'
import type { Tag } from './put-tags.ts'

/** One change of a change set, with placeholders resolved. */
export interface Change {
  readonly type: string
  readonly kind: EntityKind
  /** Id of the entity, allotted when the set was started if the change creates it. */
  readonly entity: string
  readonly creates: boolean
  /** The revision that the seller took as current. */
  readonly revision?: number
  /** As the seller wrote it. */
  readonly identifier?: string
  readonly name?: string
  readonly details: Record<string, unknown>
  readonly tags: readonly Tag[]
  readonly errors: readonly ErrorDetail[]
}

type GivenChange = Input<typeof Sdk, 'StartChangeSet'>['ChangeSet'][number]

const entityTypes: Readonly<
  Record<string, { kind: EntityKind; prefix: string; changes: Record<string, DetailsShape> }>
> = {
  'MachineLearningProduct@1.0': { kind: 'MachineLearningProduct', prefix: 'prod-', changes: productDetails },
  'Offer@1.0': { kind: 'Offer', prefix: 'offer-', changes: offerDetails },
  'OfferSet@1.0': { kind: 'OfferSet', prefix: 'offerset-', changes: offerSetDetails },
  'Experience@1.0': { kind: 'Experience', prefix: 'exp-', changes: experienceDetails },
}

const creating = ['CreateProduct', 'CreateOffer', 'CreateReplacementOffer', 'CreateOfferSet', 'CreateExperience']

/** Reads a change set and checks everything that needs no look at the catalog. Throws ValidationException. */
export function parseChanges(given: readonly GivenChange[]): Change[] {
  const allotted = allot(given)
  const changes = given.map((change, at) => parseChange(change, `ChangeSet[${at}]`, allotted))
  const twice = changes.findIndex(({ type, entity }, at) =>
    changes.slice(0, at).some(other => other.type === type && other.entity === entity),
  )
  if (twice >= 0)
    throw new ValidationException(
      `ChangeSet[${twice}].ChangeType ${changes[twice]?.type} is given twice for one entity; a change set has each once.`,
    )
  if (changes.length > 1 && changes.some(change => change.type === 'UpdateVisibility'))
    throw new ValidationException('UpdateVisibility must be the only change of its change set.')
  return changes
}

/** Ids of the entities that the set creates, by the name of the change. */
function allot(given: readonly GivenChange[]): Map<GivenChange | string, string> {
  const allotted = new Map<GivenChange | string, string>()
  for (const [at, change] of given.entries()) {
    const { ChangeName } = change
    const prefix = entityTypes[change.Entity.Type]?.prefix
    if (ChangeName && allotted.has(`$${ChangeName}`))
      throw new ValidationException(`ChangeSet[${at}].ChangeName ${ChangeName} is used twice.`)
    if (!creating.includes(change.ChangeType) || !prefix) continue
    const id = randomId(prefix, 13)
    allotted.set(change, id)
    if (ChangeName) allotted.set(`$${ChangeName}`, id)
  }
  return allotted
}

/** AWS Marketplace Seller Guide, "Selling through channel partners": the kinds of products for which there are resale authorizations. */
const noResale =
  'machine learning products cannot be resold. Resale authorizations are for AMI, container, SaaS and professional services products.'

/** Told at once: of what is wrong with thousands of accounts each says the same. */
const mostProblems = 20

function parseChange(given: GivenChange, path: string, allotted: ReadonlyMap<GivenChange | string, string>): Change {
  const { ChangeType: type, Entity, EntityTags = [], ChangeName: name } = given
  const entityType = entityTypes[Entity.Type]
  const shape = entityType?.changes[type]
  if (Entity.Type.startsWith('ResaleAuthorization@') || type === 'CreateOfferUsingResaleAuthorization')
    throw new ValidationException(`${path}.ChangeType ${type}: ${noResale}`)
  if (!entityType)
    throw new ValidationException(
      `${path}.Entity.Type ${Entity.Type} is not served: ${Object.keys(entityTypes).join(', ')} are.`,
    )
  if (!shape)
    throw new ValidationException(
      `${path}.ChangeType ${type} is not served for ${Entity.Type}: ${Object.keys(entityType.changes).join(', ')} are.`,
    )
  const creates = creating.includes(type)
  if (EntityTags.length > 0 && !creates)
    throw new ValidationException(
      `${path}.EntityTags are given when an entity is created; use TagResource for ${type}.`,
    )
  const details = parseDetails(given, path, allotted)
  const problems = detailsProblems(shape, details, `${path}.Details`)
  const problem = problems.length === 0 && type.endsWith('ProductProcurement') ? productsProblem(details) : undefined
  if (problem) throw new ValidationException(problem)
  if (problems.length > 0) throw new ValidationException(problems.slice(0, mostProblems).join('; '))
  const { id, revision } = identify(given, path, allotted)
  const errors: ErrorDetail[] = []
  const identifier = Entity.Identifier
  return {
    type,
    kind: entityType.kind,
    entity: id,
    creates,
    details,
    tags: EntityTags,
    errors,
    ...(revision !== undefined && { revision }),
    ...(identifier && { identifier }),
    ...(name && { name }),
  }
}

function identify(
  given: GivenChange,
  path: string,
  allotted: ReadonlyMap<GivenChange | string, string>,
): { id: string; revision?: number } {
  const identifier = given.Entity.Identifier
  const created = allotted.get(given)
  if (created && identifier)
    throw new ValidationException(`${path}.Entity.Identifier is made by ${given.ChangeType}; leave it out.`)
  if (created) return { id: created }
  if (!identifier) throw new ValidationException(`${path}.Entity.Identifier is required for ${given.ChangeType}.`)
  const [id = '', revision] = resolve(identifier, `${path}.Entity.Identifier`, allotted).split('@')
  if (revision !== undefined && !/^\d{1,9}$/.test(revision))
    throw new ValidationException(`${path}.Entity.Identifier ${identifier} does not end with a revision after @.`)
  return revision === undefined ? { id } : { id, revision: Number(revision) }
}

function parseDetails(
  { Details, DetailsDocument }: GivenChange,
  path: string,
  allotted: ReadonlyMap<GivenChange | string, string>,
): Record<string, unknown> {
  if ((Details === undefined) === (DetailsDocument === undefined))
    throw new ValidationException(`${path} must have exactly one of Details and DetailsDocument.`)
  const document = Details === undefined ? DetailsDocument : parseJson(Details, path)
  if (!isObject(document)) throw new ValidationException(`${path}: the details must be a JSON object.`)
  return resolveAll(document, `${path}.Details`, allotted) as Record<string, unknown>
}

/** No details that AWS documents are half as deep. */
const deepest = 20

function resolveAll(
  value: unknown,
  path: string,
  allotted: ReadonlyMap<GivenChange | string, string>,
  depth = 0,
): unknown {
  if (depth > deepest) throw new ValidationException(`${path} is nested more than ${deepest} deep`)
  if (typeof value === 'string') return resolve(value, path, allotted)
  if (Array.isArray(value)) return value.map((item, at) => resolveAll(item, `${path}[${at}]`, allotted, depth + 1))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, resolveAll(member, `${path}.${name}`, allotted, depth + 1)]),
  )
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ValidationException(`${path}.Details is not JSON: ${(error as Error).message}`)
  }
}

/** `$ChangeName.Entity.Identifier` is the entity that a change of the same set creates. */
function resolve(text: string, path: string, allotted: ReadonlyMap<GivenChange | string, string>): string {
  const name = /^\$([\w-]+)\.Entity\.Identifier$/.exec(text)?.[1]
  if (name === undefined) return text
  const id = allotted.get(`$${name}`)
  if (id) return id
  throw new ValidationException(`${path} refers to ${text}, but no change named ${name} of this set creates an entity.`)
}
