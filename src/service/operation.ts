import type { ServiceModel } from '../model/service-model.ts'
import type { Access } from './access.ts'
import type { Context } from './context.ts'
/** Members that the model requires are there once the gateway has validated an input; the SDK's types do not know that. */
export type Valid<T> = T extends Date | Uint8Array
  ? T
  : T extends (infer Item)[]
    ? Valid<Item>[]
    : T extends object
      ? { [Key in keyof T]: object extends Pick<T, Key> ? Valid<T[Key]> : Valid<Exclude<T[Key], undefined>> }
      : T

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
 * streaming bodies as an unread Readable, small ones of S3 as bytes; the same shapes go out. Unset output members are left out.
 */
export type Operation<I, O> = (input: I, ctx: Context) => Promise<O>

/** One AWS API: its interface facts, the operations that are served and what each asks leave for. */
export interface Service {
  readonly model: ServiceModel
  // biome-ignore lint/suspicious/noExplicitAny: each operation has its own shapes; the model checks them at run time
  readonly operations: Readonly<Record<string, Operation<any, any>>>
  /** Resolved before the operation runs, so that existence is never revealed to one who may not know. */
  access(
    operation: string,
    input: Record<string, unknown>,
    ctx: Context,
  ): readonly Access[] | Promise<readonly Access[]>
}
