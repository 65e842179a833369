import { ServiceError, ValidationException } from '../ground/errors.ts'

/** Modelled errors of SageMaker; the codes carry no suffix in the model. */
export class ResourceInUse extends ServiceError {
  constructor(message: string) {
    super('ResourceInUse', message)
  }
}

export class ConflictException extends ServiceError {
  constructor(message: string) {
    super('ConflictException', message)
  }
}

export class ResourceLimitExceeded extends ServiceError {
  constructor(message: string) {
    super('ResourceLimitExceeded', message)
  }
}

/** What AWS answers for most resources that are not there; clients match on "Could not find". */
export const couldNotFind = (what: string, arn: string) => new ValidationException(`Could not find ${what} "${arn}".`)

/** What AWS answers for jobs that are not there. */
export const notFound = () => new ValidationException('Requested resource not found.')

export const alreadyExists = (what: string, arn: string) =>
  new ValidationException(`Cannot create already existing ${what} "${arn}".`)
