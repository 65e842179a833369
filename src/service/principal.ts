/**
 * Who signs a request. `arn` as STS GetCallerIdentity tells it. `root` is the account itself; `service` is the platform acting
 * for an account where AWS's own services would (staging a job's data goes by the job's role instead); `anonymous` signs nothing;
 * `web-identity` is who has shown a token of an identity provider of the account, whose ARN it has, and asks for a role; `federated-user` is
 * somebody whom a user, its `identityArn`, or root vouches for (GetFederationToken).
 */
export interface Principal {
  readonly kind: 'root' | 'user' | 'assumed-role' | 'service' | 'anonymous' | 'web-identity' | 'federated-user'
  readonly account: string
  readonly arn: string
  /** `userid` of GetCallerIdentity: the account for root, AIDA… for users, AROA…:session for roles. */
  readonly userId: string
  /** ARN of the user or role whose policies decide; absent for root, service and anonymous. */
  readonly identityArn?: string
  /** Session policies of AssumeRole, JSON texts. */
  readonly sessionPolicies?: readonly string[]
}
