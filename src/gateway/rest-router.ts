import type { OperationModel, ServiceModel, Shape, ShapeRef } from '../model/service-model.ts'
import { matchPath, parseQuery, parseTemplate, type UriTemplate } from '../protocol/uri-template.ts'

interface Routed {
  readonly operation: OperationModel
  readonly labels: Readonly<Record<string, string>>
}

interface Route {
  readonly operation: OperationModel
  readonly template: UriTemplate
  /** Query parameters and headers that only this operation, of those with its method and path, requires. */
  readonly query: readonly string[]
  readonly headers: readonly string[]
  readonly weight: number
}

/** Finds the operation of a request by method, path, query and headers; undefined when none fits. `path` is raw and path-style. */
export type RestRouter = (
  method: string,
  path: string,
  query: string,
  headers: Readonly<Record<string, string | undefined>>,
) => Routed | undefined

/** Compiles the templates of a REST service. Of the operations that fit, the one that asks for most is meant. */
export function createRestRouter(model: ServiceModel): RestRouter {
  const byMethod = new Map<string, Route[]>()
  for (const operation of Object.values(model.operations)) {
    const routes = byMethod.get(operation.http.method) ?? []
    routes.push(compile(model, operation))
    byMethod.set(operation.http.method, routes)
  }
  for (const routes of byMethod.values()) routes.sort((a, b) => b.weight - a.weight)
  return (method, path, query, headers) => {
    const parameters = parseQuery(query)
    for (const route of byMethod.get(method) ?? []) {
      if (!route.template.query.every(([name, value]) => fits(parameters.get(name), value))) continue
      if (!route.query.every(name => parameters.has(name))) continue
      if (!route.headers.every(name => headers[name] !== undefined)) continue
      const labels = matchPath(route.template, path)
      if (labels) return { operation: route.operation, labels }
    }
    return undefined
  }
}

const fits = (values: readonly string[] | undefined, value: string | undefined): boolean =>
  values !== undefined && (value === undefined || values[0] === value)

function compile(model: ServiceModel, operation: OperationModel): Route {
  const template = parseTemplate(operation.http.requestUri)
  const isAmbiguous = Object.values(model.operations).some(
    other =>
      other !== operation &&
      other.http.method === operation.http.method &&
      other.http.requestUri === operation.http.requestUri,
  )
  const query = isAmbiguous ? required(model, operation, 'querystring') : []
  const headers = isAmbiguous ? required(model, operation, 'header').map(name => name.toLowerCase()) : []
  const literals = template.segments.filter(segment => 'literal' in segment).length
  const demands = template.query.length + query.length + headers.length
  return { operation, template, query, headers, weight: literals * 1000 + demands * 10 + template.segments.length }
}

function required(model: ServiceModel, operation: OperationModel, location: ShapeRef['location']): string[] {
  const shape = model.shapes[operation.input?.shape ?? ''] as Shape | undefined
  return (shape?.required ?? [])
    .map(name => [name, shape?.members?.[name]] as const)
    .filter(([, ref]) => ref?.location === location)
    .map(([name, ref]) => ref?.locationName ?? name)
}
