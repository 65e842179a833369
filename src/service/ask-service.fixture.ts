import type { Context } from './context.ts'
import { contextOf, type Service } from './service.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests name operations by text, as the gateway does
type Answer = any

/** What an operation asks leave for. */
export async function leaveFor(served: Service, ctx: Context, operation: string, input: object) {
  return served.operations[operation]?.access({ ...input }, contextOf(served, ctx), operation) ?? []
}

/** Runs an operation as the gateway does once leave is given. Throws when it is not served. */
export async function runOperation(served: Service, ctx: Context, operation: string, input: object): Promise<Answer> {
  const found = served.operations[operation]
  if (!found) throw new Error(`${operation} is not served`)
  return found.run(input, contextOf(served, ctx))
}

/** What the gateway does with a request that is authenticated and valid. */
export async function askService(served: Service, ctx: Context, operation: string, input: object): Promise<Answer> {
  for (const access of await leaveFor(served, ctx, operation, input)) await ctx.iam.authorize(ctx.principal, access)
  return runOperation(served, ctx, operation, input)
}
