import { load, type ModelName } from '../model/load.ts'
import type { ServiceModel } from '../model/service-model.ts'
import type { Access } from './access.ts'
import type { Context } from './context.ts'
import type { Input, OperationName, Output } from './operation.ts'

/** What an operation asks leave for, before it runs, so that existence is never revealed to one who may not know. */
export type AccessRule<I, Parts = unknown> = (
  input: I,
  ctx: Context & Parts,
  /** The operation's name, for rules that serve many. */
  operation: string,
) => readonly Access[] | Promise<readonly Access[]>

/** One operation as it is served: what it does, and what it asks leave for. */
export interface ServedOperation<I, O, Parts = unknown> {
  readonly run: (input: I, ctx: Context & Parts) => Promise<O>
  readonly access: AccessRule<I, Parts>
}

/** Shapes of an API's operations by their names. */
type Api = { readonly [name: string]: { readonly input: unknown; readonly output: unknown } }

/** The shapes that an official SDK gives its operations (`Sdk` is `typeof import('@aws-sdk/client-…')`). */
export type SdkApi<Sdk> = {
  [Name in OperationName<Sdk>]: { input: Input<Sdk, Name>; output: Output<Sdk, Name> }
}

type Run<Shape, Parts> = Shape extends { input: infer I; output: infer O }
  ? (input: I, ctx: Context & Parts) => Promise<O>
  : never

/** An API of our own, without an SDK: shapes are the operations' own, names are checked against the model at the start. */
// biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes
export type OwnApi = { readonly [name: string]: { readonly input: any; readonly output: any } }

/** The served operations of an API: a name that it does not have, a wrong shape or a missing access rule does not compile. */
export type ServedOperations<Shapes, Parts = unknown> = {
  readonly [Name in keyof Shapes]?: Shapes[Name] extends { input: infer I; output: infer O }
    ? ServedOperation<I, O, Parts>
    : never
}

/** One AWS API: its interface facts and the operations that are served. */
export interface Service {
  readonly model: ServiceModel
  // biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes; the model checks them at run time
  readonly operations: Readonly<Record<string, ServedOperation<any, any, any>>>
  /** What this API's operations find in their context besides the platform; asked once a request. */
  readonly parts: () => object
}

interface Definition<Shapes, Parts> {
  readonly model: ModelName
  readonly parts?: () => Parts
  readonly operations: ServedOperations<Shapes, Parts>
}

/**
 * The one way to be a service. `Shapes` is `SdkApi<typeof Sdk>`, or the operations of an API of our own by name. Throws when the
 * model does not know an operation: nothing could ever call it.
 */
export function service<Shapes extends Api, Parts extends object = object>(
  definition: Definition<Shapes, Parts>,
): Service {
  const { parts = () => ({}), operations } = definition
  const model = load(definition.model)
  const orphan = Object.keys(operations).find(name => !Object.hasOwn(model.operations, name))
  if (orphan) throw new Error(`${model.metadata.serviceId} has no operation ${orphan} in its model`)
  return { model, parts, operations: operations as Service['operations'] }
}

/** The same rule for many operations; it hears which one is asked. */
export function allAsk<Shapes extends Api, Parts = unknown>(
  // biome-ignore lint/suspicious/noExplicitAny: one rule reads inputs of many shapes
  access: AccessRule<any, Parts>,
  operations: { readonly [Name in keyof Shapes]?: Run<Shapes[Name], Parts> },
): ServedOperations<Shapes, Parts> {
  const served = Object.entries(operations).map(([name, run]) => [name, { run, access }])
  return Object.fromEntries(served)
}

/** Everything of this service asks leave for the action alone: its resources have no ARNs, or name none in the request. */
export const onAnything =
  (prefix: string): AccessRule<unknown> =>
  (_input, _ctx, operation) => [{ action: `${prefix}:${operation}`, resource: '*' }]

/** The context as operations of a service have it. It becomes theirs: a request has a context of its own. */
export const contextOf = (served: Service, ctx: Context): Context => Object.assign(ctx, served.parts())
