import type { Context } from './context.ts'

/** Members that the model requires are there once the gateway has validated an input; the SDK's types do not know that. */
export type Valid<T> = T extends Date | Uint8Array
  ? T
  : T extends (infer Item)[]
    ? Valid<Item>[]
    : T extends object
      ? { [Key in keyof T]: object extends Pick<T, Key> ? Valid<T[Key]> : Valid<Exclude<T[Key], undefined>> }
      : T

/** Names of the operations that an official SDK knows. */
export type OperationName<Sdk> = keyof Sdk extends infer Key
  ? Key extends `${infer Name}Command`
    ? Name
    : never
  : never

type CommandOf<Sdk, Name extends string> = `${Name}Command` extends keyof Sdk
  ? Sdk[`${Name}Command`] extends new (
      ...args: never[]
    ) => infer Command
    ? Command
    : never
  : never

/** The input of an AWS operation, from the official SDK's types (`Sdk` is `typeof import('@aws-sdk/client-…')`). */
export type Input<Sdk, Name extends string> = CommandOf<Sdk, Name> extends { input: infer I } ? Valid<I & {}> : never

/** Its output, without the SDK's own metadata. */
export type Output<Sdk, Name extends string> =
  CommandOf<Sdk, Name> extends {
    resolveMiddleware(...args: never[]): (...args: never[]) => Promise<{ output: infer O }>
  }
    ? Omit<O, '$metadata'>
    : never

/**
 * One AWS operation as business: no parsing, no status codes, no serialization. Blobs arrive as Uint8Array, timestamps as Date,
 * streaming bodies as an unread Readable, small ones of S3 as bytes; the same shapes go out. Unset output
 * members are left out. `Parts` is what the API's operations find in their context besides the platform (`service.ts`).
 */
export type Operation<I, O, Parts = unknown> = (input: I, ctx: Context & Parts) => Promise<O>
