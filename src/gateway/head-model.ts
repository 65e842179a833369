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

/** Whether policies may learn more of an operation's input from its body: one that is a structure, not content. */
export function tellsInBody(model: ServiceModel, operation: OperationModel): boolean {
  const shape = model.shapes[operation.input?.shape ?? '']
  const payload = shape?.payload === undefined ? undefined : shape.members?.[shape.payload]
  return payload !== undefined && model.shapes[payload.shape]?.type === 'structure'
}
