import type { Access } from '../service/access.ts'
import type { Principal } from '../service/principal.ts'
import type { Decision } from './evaluate.ts'

/** Query and REST-XML services name the refusal otherwise than the JSON services. */
export const refusalCode = (action: string): 'AccessDenied' | 'AccessDeniedException' =>
  /^(iam|sts|s3):/i.test(action) ? 'AccessDenied' : 'AccessDeniedException'

/** AWS's own wording (IAM User Guide, Troubleshoot access denied error messages). */
export function denialMessage(principal: Principal, { action, resource }: Access, decision: Decision): string {
  const who = principal.kind === 'anonymous' ? 'anonymous' : principal.arn
  const article = decision.layer === 'identity-based policy' ? 'an' : 'a'
  const reason =
    decision.outcome === 'explicitDeny'
      ? `with an explicit deny in ${article} ${decision.layer}`
      : `because no ${decision.layer} allows the ${action} action`
  return `User: ${who} is not authorized to perform: ${action} on resource: ${resource} ${reason}`
}
