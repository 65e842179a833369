import { quotas } from '../quotas/quotas.ts'
import type { Transaction } from '../store/store.ts'
import { iamError } from './iam-error.ts'
import { requireNamedPrincipals } from './named-principals.ts'
import { parsePolicy } from './policy.ts'

/**
 * A role's trust policy must be well formed, and the users and roles it names must exist when their account does
 * (IAM User Guide, AWS JSON policy elements: Principal). Throws MalformedPolicyDocument or LimitExceeded.
 */
export async function checkTrustPolicy({ db }: Pick<Transaction, 'db'>, document: string): Promise<void> {
  parsePolicy(document, 'trust')
  if (withoutSpace(document) > quotas.iam.trustPolicySize.value)
    throw iamError.quota('ACLSizePerRole', quotas.iam.trustPolicySize.value)
  await requireNamedPrincipals({ db }, document)
}

/** The length that quotas count (IAM User Guide, IAM and AWS STS quotas). */
export const withoutSpace = (document: string): number => document.replace(/\s/g, '').length
