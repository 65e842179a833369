import { constraintCode, type PlacedCodes } from '../model/constraint-code.ts'
import type { ServiceModel } from '../model/service-model.ts'
import type { AuthStyle } from '../protocol/auth-fault.ts'
import { requireExpressible } from '../protocol/expressible.ts'
import type { Service } from '../service/service.ts'
import { createRestRouter, type RestRouter } from './rest-router.ts'

/** A service and what the gateway reads from its model once. */
export interface Served {
  readonly service: Service
  readonly model: ServiceModel
  /** `SageMaker`, as in metrics and logs. */
  readonly name: string
  /** The service in the credential scope and in ARNs. */
  readonly scope: string
  readonly style: AuthStyle
  readonly protocols: ReadonlySet<string>
  readonly router: RestRouter | undefined
  /** The code of a broken constraint. */
  readonly violation: string | PlacedCodes
}

/** Reads what the gateway needs of a service. */
export function served(service: Service): Served {
  const { model } = service
  const known = Object.keys(service.operations).map(name => model.operations[name])
  requireExpressible(
    model,
    known.filter(operation => operation !== undefined),
  )
  const protocols = new Set([model.metadata.protocol, ...model.metadata.protocols])
  return {
    service,
    model,
    name: model.metadata.serviceId,
    scope: model.metadata.signingName ?? model.metadata.endpointPrefix,
    style: protocols.has('rest-xml') ? 's3' : model.metadata.protocol === 'query' ? 'query' : 'json',
    protocols,
    router: protocols.has('rest-json') || protocols.has('rest-xml') ? createRestRouter(model) : undefined,
    violation: constraintCode(model, protocols),
  }
}
