import type { Change } from '@aws-sdk/client-marketplace-catalog'
import { type DetailsShape, detailsProblems } from '../marketplace/catalog/details-shape.ts'
import { offerDetails } from '../marketplace/catalog/offer-details.ts'
import { productDetails } from '../marketplace/catalog/product-details.ts'
import { load, type ModelName } from '../model/load.ts'
import type { ServiceModel, ShapeRef } from '../model/service-model.ts'
import { validate } from '../model/validator.ts'
import { blanks } from './export-script.ts'
import type { ProductRequests } from './product-requests.ts'

/** Holds the requests, with their blanks filled by values of the right form, against AWS's interface facts. Throws an Error that names what is wrong. */
export function requireValid(type: 'Algorithm' | 'ModelPackage', requests: ProductRequests): void {
  requireInput('sagemaker', `Create${type}`, requests.certification)
  for (const ChangeSet of [requests.listing, requests.publication]) {
    requireInput('marketplace-catalog', 'StartChangeSet', { Catalog: 'AWSMarketplace', ChangeSet })
    for (const change of ChangeSet) requireDetails(filled(change))
  }
}

function requireDetails({ ChangeType = '', Entity, Details = '' }: Change): void {
  const shape = (Entity?.Type?.startsWith('Offer') ? offerDetails : productDetails)[ChangeType] as DetailsShape
  const problems = detailsProblems(shape, JSON.parse(Details), 'Details')
  if (problems.length > 0) throw new Error(`${ChangeType}: ${problems.join('; ')}`)
}

const filled = <T>(request: T): T =>
  JSON.parse(JSON.stringify(request).replaceAll(/\{\{(\w+)\}\}/g, (_, name) => blanks[name as never]))

function requireInput(service: ModelName, operation: string, request: object): void {
  const model = load(service)
  const input = model.operations[operation]?.input as ShapeRef
  const sent = filled(request)
  const unknown = unknownMembers(model, input, sent)
  if (unknown.length > 0) throw new Error(`${operation} has no ${unknown.join(', ')}.`)
  try {
    validate(model, input, sent)
  } catch (error) {
    throw new Error(`${operation}: ${(error as Error).message}`)
  }
}

/** Paths of members that the model does not know. */
// biome-ignore lint/suspicious/noExplicitAny: of any shape
function unknownMembers(model: ServiceModel, { shape: name }: ShapeRef, value: any, path = ''): string[] {
  const shape = model.shapes[name]
  if (!shape || typeof value !== 'object' || value === null || shape.document) return []
  const below = (ref: ShapeRef | undefined, at: string, of: unknown) =>
    ref ? unknownMembers(model, ref, of, `${path}${path && '.'}${at}`) : [`${path}${path && '.'}${at}`]
  if (shape.type === 'list') return value.flatMap((item: unknown, at: number) => below(shape.member, `${at}`, item))
  if (shape.type === 'map') return Object.entries(value).flatMap(([key, item]) => below(shape.value, key, item))
  return Object.entries(value).flatMap(([member, item]) => below(shape.members?.[member], member, item))
}
