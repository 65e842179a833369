import { createBoundedCache } from '../ground/bounded-cache.ts'
import { type Policy, type PolicyKind, parsePolicy } from './policy.ts'

const compiledOf = () => createBoundedCache<string, Policy>(document => 500 + 5 * document.length)
/** A compiled policy holds about four times what its text does. */
const compiled = { identity: compiledOf(), resource: compiledOf(), trust: compiledOf() }

/** `parsePolicy`, remembering documents: the same ones are evaluated on every request. */
export function compile(document: string, kind: PolicyKind): Policy {
  const known = compiled[kind].get(document)
  if (known) return known
  const policy = parsePolicy(document, kind)
  compiled[kind].set(document, policy)
  return policy
}
