import type { Change } from '@aws-sdk/client-marketplace-catalog'

export const product = 'MachineLearningProduct@1.0'
export const offer = 'Offer@1.0'

/** A change of an entity that another change of the set creates (`$product.Entity.Identifier`), or of one that is there. */
export const change = (ChangeType: string, Type: string, id: string | undefined, details: object): Change => ({
  ChangeType,
  Entity: { Type, ...(id !== undefined && { Identifier: id }) },
  Details: JSON.stringify(details),
})
