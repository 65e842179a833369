import type { OperationModel, ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'

interface Place {
  readonly ref: ShapeRef
  readonly shape: Shape
  readonly model: ServiceModel
}

const itemOf = ({ model, shape }: Place): Shape | undefined => shape.member && model.shapes[shape.member.shape]
const isHeaderList = ({ ref, shape }: Place): boolean => ref.location === 'header' && shape.type === 'list'

/** What a model can say of a member and no protocol here can do. Each has its reason; who serves such a model writes the code first. */
const inexpressible: Readonly<Record<string, (place: Place) => boolean>> = {
  'a header list of free texts, which may have to be quoted': place => {
    const item = itemOf(place)
    return isHeaderList(place) && item?.type === 'string' && !item.enum
  },
  'a header list of dates, which hold commas': place => isHeaderList(place) && itemOf(place)?.type === 'timestamp',
  'a map of query parameters': ({ ref, shape }) => ref.location === 'querystring' && shape.type === 'map',
  'a member that is a header of JSON text': ({ ref }) => Boolean(ref.jsonvalue),
  'a flattened list with two names': ({ ref, shape }) => {
    const isFlat = ref.flattened ?? shape.flattened
    const [own, items] = [ref.locationName, shape.member?.locationName]
    return Boolean(isFlat && own && items && own !== items)
  },
}

/**
 * Throws when an operation that is served needs what the protocol code does not do, so that it is known when the server starts and not
 * when a user meets it.
 */
export function requireExpressible(model: ServiceModel, operations: readonly OperationModel[]): void {
  const seen = new Set<string>()
  const refuse = (where: string, what: string): never => {
    throw new Error(`The model of ${model.metadata.serviceId} has what is not served: ${where} is ${what}`)
  }
  const visit = (name: string): void => {
    const shape = model.shapes[name]
    if (!shape || seen.has(name)) return
    seen.add(name)
    for (const [member, ref] of Object.entries(shape.members ?? {})) {
      const place: Place = { model, ref, shape: model.shapes[ref.shape] as Shape }
      const what = Object.keys(inexpressible).find(one => inexpressible[one]?.(place))
      if (what) refuse(`${name}.${member}`, what)
      if (shape.exception && ref.location) refuse(`${name}.${member}`, 'a member of an error outside of its body')
      visit(ref.shape)
    }
    for (const ref of [shape.member, shape.key, shape.value]) if (ref) visit(ref.shape)
  }
  for (const { input, output, errors = [] } of operations)
    for (const ref of [input, output, ...errors]) if (ref) visit(ref.shape)
}
