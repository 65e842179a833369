import { ServiceError } from '../ground/errors.ts'

/** The errors of IAM's operations, with AWS's messages (IAM API Reference, Errors of each action). */
export const iamError = {
  noIdentity: (kind: string, name: string) =>
    gone(
      kind === 'instance-profile'
        ? `Instance Profile ${name} cannot be found.`
        : `The ${kind} with name ${name} cannot be found.`,
    ),
  noPolicy: (arn: string) => gone(`Policy ${arn} was not found.`),
  notAttachable: (arn: string) => gone(`Policy ${arn} does not exist or is not attachable.`),
  notAttached: (arn: string) => gone(`Policy ${arn} was not found.`),
  noVersion: (arn: string, version: string) =>
    gone(`Policy ${arn} version ${version} does not exist or is not attachable.`),
  noInline: (kind: string, name: string) => gone(`The ${kind} policy with name ${name} cannot be found.`),
  noAccessKey: (id: string) => gone(`The Access Key with id ${id} cannot be found.`),
  noMember: (message: string) => gone(message),
  noLoginProfile: (name: string) => gone(`Login Profile for User ${name} cannot be found.`),
  noAlias: (alias: string) => gone(`The account alias ${alias} was not found.`),
  noBoundary: (kind: string, name: string) => gone(`The ${kind} ${name} has no permissions boundary.`),
  noPasswordPolicy: (account: string) => gone(`The Password Policy with domain name ${account} cannot be found.`),
  noOpenIdProvider: (arn: string) => gone(`OpenIDConnect Provider not found for arn ${arn}`),
  noDeletion: (id: string) => gone(`The deletion task with id ${id} cannot be found.`),
  exists: (kind: string, name: string) =>
    taken(
      kind === 'instance-profile'
        ? `Instance Profile ${name} already exists.`
        : `${capital(kind)} with name ${name} already exists.`,
    ),
  loginProfileExists: (name: string) => taken(`Login Profile for user ${name} already exists.`),
  aliasExists: (alias: string) => taken(`The account alias ${alias} already exists.`),
  openIdProviderExists: (url: string) => taken(`Provider with url ${url} already exists.`),
  openIdUnreachable: (why: string) => new ServiceError('OpenIdIdpCommunicationError', why, { status: 400 }),
  policyExists: (name: string) => taken(`A policy called ${name} already exists. Duplicate names are not allowed.`),
  conflict: (message: string) => new ServiceError('DeleteConflict', message, { status: 409 }),
  limit: (message: string) => new ServiceError('LimitExceeded', message, { status: 409 }),
  quota: (name: string, limit: number) => iamError.limit(`Cannot exceed quota for ${name}: ${limit}`),
  protected: (name: string) =>
    new ServiceError(
      'UnmodifiableEntity',
      `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
      { status: 400 },
    ),
  changedMeanwhile: () =>
    new ServiceError('EntityTemporarilyUnmodifiable', 'Login Profile was changed meanwhile. Try again.', {
      status: 409,
    }),
  weakPassword: (message: string) => new ServiceError('PasswordPolicyViolation', message, { status: 400 }),
  notAUser: () => new ServiceError('InvalidUserType', 'Only IAM Users can change their own password', { status: 400 }),
  invalid: (message: string) => new ServiceError('InvalidInput', message, { status: 400 }),
  validation: (message: string) => new ServiceError('ValidationError', message, { status: 400 }),
} as const

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

function gone(message: string): ServiceError {
  return new ServiceError('NoSuchEntity', message, { status: 404 })
}

function taken(message: string): ServiceError {
  return new ServiceError('EntityAlreadyExists', message, { status: 409 })
}
