import { quotas } from '../quotas/quotas.ts'
import type { Transaction } from '../store/store.ts'
import { iamError } from './iam-error.ts'
import { MalformedPolicy, parsePolicy } from './policy.ts'

/**
 * A role's trust policy must be well formed, and the users and roles it names must exist when their account does
 * (IAM User Guide, AWS JSON policy elements: Principal). Throws MalformedPolicyDocument or LimitExceeded.
 */
export async function checkTrustPolicy({ db }: Pick<Transaction, 'db'>, document: string): Promise<void> {
  parsePolicy(document, 'trust')
  if (withoutSpace(document) > quotas.iam.trustPolicySize.value)
    throw iamError.quota('ACLSizePerRole', quotas.iam.trustPolicySize.value)
  const named = [...document.matchAll(/arn:aws:iam::(\d{12}):(?:user|role)\/[^"\\]+/g)]
  for (const [arn, account] of named) {
    const here = db
      .selectFrom('iam_account')
      .select('id')
      .where('id', '=', account as string)
    const row = db.selectFrom('iam_identity').select('id').where('arn', '=', arn)
    if ((await here.executeTakeFirst()) && isPrincipal(document, arn) && !(await row.executeTakeFirst()))
      throw new MalformedPolicy(`Invalid principal in policy: "AWS":"${arn}"`)
  }
}

/** Whether the ARN stands in a Principal element rather than in a condition. */
function isPrincipal(document: string, arn: string): boolean {
  const statements = [JSON.parse(document).Statement].flat()
  return statements.some(statement => [statement.Principal?.AWS].flat().includes(arn))
}

/** The length that quotas count (IAM User Guide, IAM and AWS STS quotas). */
export const withoutSpace = (document: string): number => document.replace(/\s/g, '').length
