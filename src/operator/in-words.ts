import { ServiceError, ValidationException } from '../ground/errors.ts'

/** What a rule of this installation refuses in words becomes the API's refusal; what went wrong inside stays what it is. */
export async function inWords<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isRefusal = error instanceof Error && error.constructor === Error && !('code' in error)
    if (error instanceof ServiceError || !isRefusal) throw error
    throw new ValidationException(`${error.message[0]?.toUpperCase()}${error.message.slice(1)}.`)
  }
}
