import { ServiceError } from '../ground/errors.ts'

/** The errors of IAM's operations, with AWS's messages (IAM API Reference, Errors of each action). */
export const iamError = {
  noUser: (name: string) => gone(`The user with name ${name} cannot be found.`),
  noRole: (name: string) => gone(`The role with name ${name} cannot be found.`),
  noPolicy: (arn: string) => gone(`Policy ${arn} was not found.`),
  notAttachable: (arn: string) => gone(`Policy ${arn} does not exist or is not attachable.`),
  notAttached: (arn: string) => gone(`Policy ${arn} was not found.`),
  noVersion: (arn: string, version: string) =>
    gone(`Policy ${arn} version ${version} does not exist or is not attachable.`),
  noInline: (kind: string, name: string) => gone(`The ${kind} policy with name ${name} cannot be found.`),
  noAccessKey: (id: string) => gone(`The Access Key with id ${id} cannot be found.`),
  exists: (kind: string, name: string) => taken(`${kind} with name ${name} already exists.`),
  policyExists: (name: string) => taken(`A policy called ${name} already exists. Duplicate names are not allowed.`),
  conflict: (message: string) => new ServiceError('DeleteConflict', message, { status: 409 }),
  limit: (message: string) => new ServiceError('LimitExceeded', message, { status: 409 }),
  quota: (name: string, limit: number) => iamError.limit(`Cannot exceed quota for ${name}: ${limit}`),
  invalid: (message: string) => new ServiceError('InvalidInput', message, { status: 400 }),
  validation: (message: string) => new ServiceError('ValidationError', message, { status: 400 }),
} as const

function gone(message: string): ServiceError {
  return new ServiceError('NoSuchEntity', message, { status: 404 })
}

function taken(message: string): ServiceError {
  return new ServiceError('EntityAlreadyExists', message, { status: 409 })
}
