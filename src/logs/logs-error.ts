import { ServiceError } from '../ground/errors.ts'

/** Errors of the CloudWatch Logs API, in the words clients match on (observed in public issues of its clients). */
export const groupNotFound = (): ServiceError =>
  new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.')

export const streamNotFound = (): ServiceError =>
  new ServiceError('ResourceNotFoundException', 'The specified log stream does not exist.')

export const groupExists = (): ServiceError =>
  new ServiceError('ResourceAlreadyExistsException', 'The specified log group already exists')

export const streamExists = (): ServiceError =>
  new ServiceError('ResourceAlreadyExistsException', 'The specified log stream already exists')

export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterException', message)

/** A page token that was not made for this listing. */
export const badToken = () => invalidParameter('The specified nextToken is invalid.')
