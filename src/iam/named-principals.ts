import type { Transaction } from '../store/store.ts'
import { MalformedPolicy } from './policy.ts'

const identityForm = /^arn:aws:iam::(\d{12}):(?:user|role)\//
const accountOf = (arn: string): string => identityForm.exec(arn)?.[1] ?? ''

/**
 * The users and roles that a resource's policy names must exist when their account is one of this installation (IAM User Guide, AWS JSON
 * policy elements: Principal). Throws MalformedPolicy. The document was parsed before.
 */
export async function requireNamedPrincipals({ db }: Pick<Transaction, 'db'>, document: string): Promise<void> {
  const arns = [...new Set(principalsOf(document).filter(name => identityForm.test(name)))]
  if (arns.length === 0) return
  const accounts = db.selectFrom('iam_account').select('id').where('id', 'in', arns.map(accountOf))
  const here = new Set((await accounts.execute()).map(({ id }) => id))
  const identities = db.selectFrom('iam_identity').select('arn').where('arn', 'in', arns)
  const known = new Set((await identities.execute()).map(({ arn }) => arn))
  const absent = arns.find(arn => here.has(accountOf(arn)) && !known.has(arn))
  if (absent !== undefined) throw new MalformedPolicy(`Invalid principal in policy: "AWS":"${absent}"`)
}

const principalsOf = (document: string): string[] =>
  [JSON.parse(document).Statement]
    .flat()
    .flatMap(({ Principal, NotPrincipal }) => [Principal?.AWS, NotPrincipal?.AWS].flat())
    .filter(name => typeof name === 'string')
