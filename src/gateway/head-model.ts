import type { OperationModel, ServiceModel, Shape } from '../model/service-model.ts'

const known = new WeakMap<OperationModel, ServiceModel>()

/** The model in which an operation's input has those members alone that travel before the body: what can be judged before it is read. */
export function headModel(model: ServiceModel, operation: OperationModel): ServiceModel {
  const found = known.get(operation)
  if (found) return found
  const name = operation.input?.shape ?? ''
  const shape = model.shapes[name] as Shape
  const members = Object.fromEntries(Object.entries(shape?.members ?? {}).filter(([, ref]) => ref.location))
  const required = shape?.required?.filter(member => member in members)
  const head = { ...model, shapes: { ...model.shapes, [name]: { ...shape, members, required } } }
  known.set(operation, head)
  return head
}
