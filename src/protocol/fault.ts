import { ServiceError } from '../ground/errors.ts'
import type { ServiceModel, Shape } from '../model/service-model.ts'

/** An error as the model describes it: its shape's name, its code on the wire and its HTTP status. */
export interface Fault {
  readonly name: string
  readonly code: string
  readonly status: number
  /** The client is at fault, not the service. */
  readonly sender: boolean
  readonly shape: Shape | undefined
}

/**
 * Finds the modelled error by shape name or wire code (`NoSuchEntityException` and `NoSuchEntity` are one in IAM). A status in the
 * error itself wins, then the model's, then 500 for faults and 400 for all else.
 */
export function faultOf(model: ServiceModel | undefined, error: ServiceError): Fault {
  const name = model ? shapeName(model, error.code) : undefined
  const shape = name === undefined ? undefined : model?.shapes[name]
  const status = error.status ?? shape?.error?.httpStatusCode ?? (shape?.fault ? 500 : 400)
  return { name: name ?? error.code, code: shape?.error?.code ?? error.code, status, sender: status < 500, shape }
}

function shapeName(model: ServiceModel, code: string): string | undefined {
  if (Object.hasOwn(model.shapes, code) && model.shapes[code]?.exception) return code
  return Object.keys(model.shapes).find(name => model.shapes[name]?.error?.code === code)
}

/** The wire cannot be read as the operation's input. */
export const malformed = (message: string): ServiceError =>
  new ServiceError('SerializationException', message, { status: 400 })
