import { setImmediate as turn } from 'node:timers/promises'
import type { Context } from '../service/context.ts'
import type { Principal } from '../service/principal.ts'
import { compile } from './compiled-policy.ts'
import { rootPrincipal, userPrincipal } from './credential.ts'
import { type Decision, evaluate, type Policies } from './evaluate.ts'
import { requestContext } from './evaluation-context.ts'
import { iamError } from './iam-error.ts'
import type { IamInput, Op } from './iam-operation.ts'
import { page } from './iam-page.ts'
import { type Identity, loadIdentity, type SourcedPolicy } from './identity.ts'
import type { Lookup } from './pattern.ts'
import { type Policy, parsePolicy, type Statement } from './policy.ts'
import { findSource, givenPolicy } from './policy-source.ts'
import { statementPositions } from './statement-position.ts'

type Request = IamInput<'SimulateCustomPolicy'>
type Source = Policy & Omit<SourcedPolicy, 'type'> & { readonly type: SourcedPolicy['type'] | 'none' | 'resource' }

/** Whom a simulation is about: nobody in particular, or a user or role with its policies. */
interface Subject {
  readonly principal: Principal
  readonly identity: Identity | undefined
}

/** Answers what the evaluator would decide, for each action on each resource, and by which statements. */
export const simulatePrincipalPolicy: Op<'SimulatePrincipalPolicy'> = async (input, ctx) => {
  const identity = await findSource(ctx, input.PolicySourceArn)
  const principal = await findCaller(ctx, input.CallerArn, identity)
  return simulate('SimulatePrincipalPolicy', input, ctx, { principal, identity })
}

/** The same for policies that nobody has yet: condition keys have the values that the request gives them, and no others. */
export const simulateCustomPolicy: Op<'SimulateCustomPolicy'> = async (input, ctx) => {
  const caller = input.CallerArn === undefined ? undefined : await findCaller(ctx, input.CallerArn, undefined)
  if (input.ResourcePolicy !== undefined && !caller)
    throw iamError.invalid('CallerArn is needed with a ResourcePolicy: the policy names who may.')
  const nobody = userPrincipal(`arn:aws:iam::${ctx.account}:user/nobody`, 'AIDA')
  return simulate('SimulateCustomPolicy', input, ctx, { principal: caller ?? nobody, identity: undefined })
}

async function simulate(
  operation: string,
  input: Omit<Request, 'PolicyInputList'> & { PolicyInputList?: string[] | undefined },
  ctx: Context,
  { principal, identity }: Subject,
) {
  refuseUnserved(input)
  const sources = sourcesOf(input, identity?.policies ?? [])
  const boundaries = (input.PermissionsBoundaryPolicyInputList ?? []).map(givenPolicy)
  const policies: Policies = {
    identity: sources.filter(source => source.type !== 'resource'),
    boundary:
      boundaries.length > 0
        ? { statements: boundaries.flatMap(({ statements }) => statements) }
        : identity?.boundary && compile(identity.boundary.document, 'identity'),
    resource: sources.find(source => source.type === 'resource'),
  }
  const conditions = contextOf(input)
  const report = reporter(sources)
  const { ActionNames: actions, ResourceArns: resources = ['*'] } = input
  const decide = (index: number) => {
    const action = actions[Math.floor(index / resources.length)] as string
    const resource = resources[index % resources.length] as string
    const owner = ownerOf(input, resource, principal)
    const facts = { principal, access: { action, resource, conditions }, owner, now: ctx.now(), surroundings: {} }
    const missing = new Set<string>()
    const known = identity ? requestContext({ ...facts, tags: identity.tags }) : onlyStated(conditions)
    const question = { principal, action, resource, owner, lookup: noting(known, missing) }
    const result = describe(action, resource, evaluate(question, policies), policies, report)
    return { ...result, MissingContextValues: [...missing].map(report.asWritten) }
  }
  // Only what the page holds is decided, and others have their turn between.
  const read = async (after: string, count: number) => {
    const results = []
    const end = Math.min(actions.length * resources.length, Number(after || -1) + 1 + count)
    for (let index = Number(after || -1) + 1; index < end; index++) {
      if (results.length > 0) await turn()
      results.push({ result: decide(index), name: String(index) })
    }
    return results
  }
  const { items, more } = await page(operation, input, ctx, ({ name }) => name, read)
  return { EvaluationResults: items.map(({ result }) => result), ...more }
}

function refuseUnserved({
  ResourceHandlingOption: option,
  ActionNames: actions,
}: Pick<Request, 'ResourceHandlingOption' | 'ActionNames'>): void {
  if (option !== undefined)
    throw iamError.invalid('ResourceHandlingOption is for EC2 scenarios, which are not served here.')
  const wrong = actions.find(action => !/^[\w-]+:[\w]+$/.test(action))
  if (wrong !== undefined) throw iamError.invalid(`Invalid Entity Arn or action name: ${wrong}`)
}

/** The caller whom resource policies see: the source itself unless another user is named. */
async function findCaller(ctx: Context, arn: string | undefined, source: Identity | undefined): Promise<Principal> {
  const identity = arn === undefined || arn === source?.arn ? source : await loadIdentity(ctx.store, 'arn', arn)
  if (arn !== undefined && identity?.kind !== 'user')
    throw iamError.invalid(`CallerArn must be the ARN of a user: ${arn}`)
  const { kind, id, arn: found } = identity as Identity
  if (kind === 'user') return userPrincipal(found, id)
  const session = { arn: found, userId: `${id}:simulation`, identityArn: found }
  return { kind: 'assumed-role', account: found.split(':')[4] as string, ...session }
}

function sourcesOf(
  {
    PolicyInputList: given = [],
    ResourcePolicy: document,
  }: Pick<Request, 'ResourcePolicy'> & { PolicyInputList?: string[] | undefined },
  held: readonly SourcedPolicy[],
): Source[] {
  const added = given.map((text, index): Source => {
    return { ...givenPolicy(text), document: text, name: `PolicyInputList.${index + 1}`, type: 'none' }
  })
  const resource = document !== undefined && { ...parsePolicy(document, 'resource'), document }
  const own = held.map(policy => ({ ...policy, ...compile(policy.document, 'identity') }))
  return [...own, ...added, ...(resource ? [{ ...resource, name: 'ResourcePolicy', type: 'resource' as const }] : [])]
}

/** Condition keys as the request gives them, without regard to case. */
function onlyStated(conditions: Readonly<Record<string, string[]>>): Lookup {
  const stated = new Map(Object.entries(conditions).map(([key, values]) => [key.toLowerCase(), values]))
  return key => stated.get(key)
}

function ownerOf(
  { ResourceOwner: owner }: Pick<Request, 'ResourceOwner'>,
  resource: string,
  principal: Principal,
): string {
  if (owner === undefined) return /^\d{12}$/.exec(resource.split(':')[4] ?? '')?.[0] ?? principal.account
  const account = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(owner)?.[1]
  if (!account) throw iamError.invalid(`ResourceOwner must be an account: ${owner}`)
  return rootPrincipal(account).account
}

const contextOf = ({ ContextEntries: entries = [] }: Pick<Request, 'ContextEntries'>): Record<string, string[]> =>
  Object.fromEntries(entries.map(entry => [entry.ContextKeyName ?? '', entry.ContextKeyValues ?? []]))

/** Notes the keys that policies asked for in vain. */
const noting =
  (lookup: Lookup, missing: Set<string>): Lookup =>
  key => {
    const values = lookup(key)
    if (values === undefined) missing.add(key)
    return values
  }

/** Tells where in which document something stands. Each document is read once, when it is first asked about. */
function reporter(sources: readonly Source[]) {
  const lower = new Map<Source, string>()
  const positions = new Map<Source, ReturnType<typeof statementPositions>>()
  return {
    /** Keys are compared in lower case; they are told as the policy has them. */
    asWritten(key: string): string {
      for (const source of sources) {
        const text = lower.get(source) ?? source.document.toLowerCase()
        lower.set(source, text)
        const start = text.indexOf(key)
        if (start >= 0) return source.document.slice(start, start + key.length)
      }
      return key
    },
    sourceOf: (statement: Statement) => sources.find(({ statements }) => statements.includes(statement)),
    positionOf(source: Source, { index }: Statement) {
      const found = positions.get(source) ?? statementPositions(source.document)
      positions.set(source, found)
      return found[index] ?? []
    },
  }
}

const sourceTypes = {
  user: 'user',
  group: 'group',
  role: 'role',
  'aws-managed': 'aws-managed',
  'user-managed': 'user-managed',
  resource: 'resource',
  none: 'none',
} as const

function describe(
  action: string,
  resource: string,
  decision: Decision,
  policies: Policies,
  report: ReturnType<typeof reporter>,
) {
  const matched = decision.statements.flatMap(statement => {
    const source = report.sourceOf(statement)
    if (!source) return []
    const [StartPosition, EndPosition] = report.positionOf(source, statement)
    return [{ SourcePolicyId: source.name, SourcePolicyType: sourceTypes[source.type], StartPosition, EndPosition }]
  })
  const bounded = { AllowedByPermissionsBoundary: decision.layer !== 'permissions boundary' }
  return {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision.outcome,
    MatchedStatements: matched,
    ...(policies.boundary && { PermissionsBoundaryDecisionDetail: bounded }),
  }
}
