import { ServiceError } from '../ground/errors.ts'

/** Errors of the CloudWatch API, by the names of their shapes; protocols write the older codes where clients expect those. */
export const invalidValue = (message: string): ServiceError =>
  new ServiceError('InvalidParameterValueException', message)

export const invalidCombination = (message: string): ServiceError =>
  new ServiceError('InvalidParameterCombinationException', message)

export const missingParameter = (message: string): ServiceError =>
  new ServiceError('MissingRequiredParameterException', message)

/** What GetMetricData answers: its model has no error but InvalidNextToken, and AWS sends this code. */
export const validationError = (message: string): ServiceError =>
  new ServiceError('ValidationError', message, { status: 400 })

export const invalidToken = (): ServiceError => new ServiceError('InvalidNextToken', 'The next token is not valid.')
