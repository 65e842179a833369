import type { Op } from './iam-operation.ts'
import { findSource, givenPolicy } from './policy-source.ts'

/** The condition keys that policies ask for, so that a simulation can be given values for them. */
export const getContextKeysForCustomPolicy: Op<'GetContextKeysForCustomPolicy'> = async input => ({
  ContextKeyNames: keysOf(given(input.PolicyInputList)),
})

export const getContextKeysForPrincipalPolicy: Op<'GetContextKeysForPrincipalPolicy'> = async (input, ctx) => {
  const { policies } = await findSource(ctx, input.PolicySourceArn)
  return { ContextKeyNames: keysOf([...policies.map(policy => policy.document), ...given(input.PolicyInputList)]) }
}

function given(documents: readonly string[] = []): readonly string[] {
  for (const document of documents) givenPolicy(document)
  return documents
}

/** Keys of conditions, and policy variables; each once, without regard to case, as first written. */
function keysOf(documents: readonly string[]): string[] {
  const keys = new Map<string, string>()
  const note = (key: string) => keys.has(key.toLowerCase()) || keys.set(key.toLowerCase(), key)
  for (const document of documents) {
    for (const statement of [JSON.parse(document).Statement].flat())
      for (const block of Object.values(statement.Condition ?? {}))
        for (const key of Object.keys(block as object)) note(key)
    for (const [, variable = ''] of document.matchAll(/\$\{([\w-]+:[^{}$,"]+)/g)) note(variable.trim())
  }
  return [...keys.values()]
}
