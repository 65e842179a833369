import type { ExampleRequests } from '../requests.mjs'

export const createAlgorithm: ExampleRequests['createAlgorithm']
export const createModelPackage: ExampleRequests['createModelPackage']
export const listing: ExampleRequests['listing']
export const publication: ExampleRequests['publication']
