import type { Context } from '../service/context.ts'
import { iamError } from './iam-error.ts'
import { type Identity, loadIdentity } from './identity.ts'
import { checkIdentityPolicy } from './identity-grammar.ts'
import { MalformedPolicy, type Policy, parsePolicy } from './policy.ts'

/** The user or role of the caller's account whose policies a request asks about. Throws NoSuchEntity or InvalidInput. */
export async function findSource(ctx: Context, arn: string): Promise<Identity> {
  const identity = arn.split(':')[4] === ctx.account ? await loadIdentity(ctx.store, 'arn', arn) : undefined
  if (identity) return identity
  const [, kind, name] = /:(user|role)\/(?:.*\/)?([^/]+)$/.exec(arn) ?? []
  if (!kind || !name) throw iamError.invalid(`Invalid Entity Arn: ${arn}`)
  throw iamError.noIdentity(kind, name)
}

/** A policy as a request of a simulation gives it: what IAM would not take is InvalidInput. */
export function givenPolicy(document: string): Policy {
  try {
    checkIdentityPolicy(document, 'inline')
    return parsePolicy(document, 'identity')
  } catch (cause) {
    throw cause instanceof MalformedPolicy ? iamError.invalid(cause.message) : cause
  }
}
