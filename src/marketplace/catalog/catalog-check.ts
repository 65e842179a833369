import { ServiceError, ValidationException } from '../../ground/errors.ts'
import { catalog } from '../identifier.ts'

export const notFound = (what: string): ServiceError =>
  new ServiceError('ResourceNotFoundException', `${what} was not found.`)

/** There is one catalog. Throws ValidationException for another. */
export function checkCatalog(name: string): void {
  if (name !== catalog) throw new ValidationException(`The catalog ${name} does not exist; use ${catalog}.`)
}
