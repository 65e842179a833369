import { ServiceError } from '../ground/errors.ts'

/** The errors of KMS's operations, with AWS's messages (AWS KMS API Reference, Errors of each action). */
export const kmsError = {
  noKey: (arn: string) => of('NotFoundException', `Key '${arn}' does not exist`),
  noAlias: (arn: string) => of('NotFoundException', `Alias ${arn} is not found.`),
  badKeyId: (keyId: string) => of('NotFoundException', `Invalid keyId '${keyId}'`),
  badArn: (arn: string) => of('InvalidArnException', `Invalid ARN '${arn}'`),
  disabled: (arn: string) => of('DisabledException', `${arn} is disabled.`),
  pendingDeletion: (arn: string) => of('KMSInvalidStateException', `${arn} is pending deletion.`),
  notPending: (arn: string) => of('KMSInvalidStateException', `${arn} is not pending deletion.`),
  badCiphertext: () =>
    of('InvalidCiphertextException', 'The ciphertext is not genuine, or its encryption context is another.'),
  incorrectKey: () =>
    of('IncorrectKeyException', 'The key ID in the request does not identify a CMK that can perform this operation.'),
  badUsage: (algorithm: string, spec: string) =>
    of('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${spec}.`),
  otherUsage: (arn: string, usage: string) =>
    of('InvalidKeyUsageException', `${arn} key usage is ${usage} which is not valid for this operation.`),
  badSignature: () => of('KMSInvalidSignatureException', 'The signature is not of this message and this key.'),
  badMac: () => of('KMSInvalidMacException', 'The message authentication code is not of this message and this key.'),
  unsupported: (what: string) => of('UnsupportedOperationException', `${what} is not served here.`),
  aliasExists: (arn: string) => of('AlreadyExistsException', `An alias with the name ${arn} already exists`),
  reservedAlias: () => of('NotAuthorizedException', 'Aliases that begin with "alias/aws/" belong to services.'),
  badPolicy: (why: string) => of('MalformedPolicyDocumentException', why),
  badTag: (why: string) => of('TagException', why),
  badGrant: (id: string) => of('InvalidGrantIdException', `Grant '${id}' is not found.`),
  badGrantToken: () => of('InvalidGrantTokenException', 'A grant token is not of a grant that exists.'),
  badMarker: () => of('InvalidMarkerException', 'The marker was not returned by this operation with these parameters.'),
  noGrant: (id: string) => of('NotFoundException', `Grant ID ${id} not found`),
  dryRun: () => of('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.'),
  limit: (what: string) => of('LimitExceededException', what),
} as const

function of(code: string, message: string): ServiceError {
  return new ServiceError(code, message)
}
