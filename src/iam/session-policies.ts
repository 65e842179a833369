import { ServiceError } from '../ground/errors.ts'
import type { Store } from '../store/store.ts'
import { type Identity, loadManaged } from './identity.ts'
import { checkIdentityPolicy } from './identity-grammar.ts'
import { invalid } from './sts-operation.ts'
import { withoutSpace } from './trust-policy.ts'

interface Asked {
  readonly Policy?: string | undefined
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined
}

/** AWS STS API Reference, AssumeRole: at most ten policy ARNs, and 2,048 characters of an inline policy. `packedSize` in percent. */
export async function sessionPolicies(
  input: Asked,
  account: string,
  { store }: { readonly store: Store },
): Promise<{ policies: string[]; packedSize: number }> {
  const inline = input.Policy === undefined ? [] : [input.Policy]
  for (const document of inline) {
    checkIdentityPolicy(document, 'inline')
    if (withoutSpace(document) > 2048)
      throw new ServiceError('PackedPolicyTooLarge', 'Packed policy consumes more than 100% of allotted space', {
        status: 400,
      })
  }
  const arns = (input.PolicyArns ?? []).map(policy => policy.arn ?? '')
  if (arns.length > 10) throw invalid('There can be at most 10 policy ARNs.')
  const managed = await Promise.all(
    arns.map(async arn => {
      const usable = ['aws', account].includes(arn.split(':')[4] ?? '') && (await loadManaged(store, arn))
      if (!usable) throw invalid(`PolicyArn ${arn} does not exist or is not of the role's account.`)
      return usable.document
    }),
  )
  const size = [...inline, ...arns].map(withoutSpace).reduce((a, b) => a + b, 0)
  return { policies: [...inline, ...managed], packedSize: Math.min(100, Math.ceil((size / 4096) * 100)) }
}

export function checkDuration(seconds: number, role: Identity): void {
  if (seconds > role.maxSessionDuration)
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
}
