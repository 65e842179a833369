import { ServiceError, ValidationException } from '../ground/errors.ts'

/** Errors of EventBridge, in the words that clients of it report. */
export const eventsError = {
  invalidPattern: (why: string) =>
    new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${why}`),
  noRule: (name: string) =>
    new ServiceError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`),
  noBus: (name: string) => new ServiceError('ResourceNotFoundException', `Event bus ${name} does not exist.`),
  notFound: (what: string) => new ServiceError('ResourceNotFoundException', what),
  exists: (what: string) => new ServiceError('ResourceAlreadyExistsException', what),
  limit: (what: string) => new ServiceError('LimitExceededException', what),
  invalid: (what: string) => new ValidationException(what),
  notServed: (what: string, why: string) => new ValidationException(`${what} is not served here: ${why}`),
}
