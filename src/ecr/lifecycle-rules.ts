import { ecrErrors } from './ecr-errors.ts'
import { matchesWildcard } from './tag-mutability.ts'

/** One rule of a lifecycle policy (Amazon ECR User Guide, Lifecycle policy properties), as far as it is honoured here. */
export interface LifecycleRule {
  readonly rulePriority: number
  readonly description?: string
  readonly selection: {
    readonly tagStatus: 'tagged' | 'untagged' | 'any'
    readonly tagPrefixList?: readonly string[]
    readonly tagPatternList?: readonly string[]
    readonly countType: 'imageCountMoreThan' | 'sinceImagePushed'
    readonly countUnit?: 'days'
    readonly countNumber: number
  }
  readonly action: { readonly type: 'expire' }
}

/** What rules look at; `pushed` in milliseconds. */
export interface RuledImage {
  readonly digest: string
  readonly pushed: number
  readonly tags: readonly string[]
}

const dayMs = 86_400_000

/**
 * The images that the rules expire now, with the priority of the rule that does, and when time alone will expire the next one (milliseconds; undefined for never). As ECR
 * evaluates them: an image whose tags match a rule is not expired by a rule of later priority, but is counted by it.
 */
export function evaluateRules(
  rules: readonly LifecycleRule[],
  images: readonly RuledImage[],
  now: number,
): { readonly expired: ReadonlyMap<string, number>; readonly nextAt: number | undefined } {
  const newestFirst = [...images].sort((a, b) => b.pushed - a.pushed || (a.digest < b.digest ? -1 : 1))
  const claimed = new Set<string>()
  const expired = new Map<string, number>()
  let nextAt: number | undefined
  for (const rule of [...rules].sort((a, b) => a.rulePriority - b.rulePriority)) {
    const { countType, countNumber } = rule.selection
    const selected = newestFirst.filter(image => selects(rule, image))
    for (const [position, { digest, pushed }] of selected.entries()) {
      if (claimed.has(digest)) continue
      claimed.add(digest)
      const dueAt = pushed + countNumber * dayMs
      const due = countType === 'imageCountMoreThan' ? position >= countNumber : dueAt <= now
      if (due) expired.set(digest, rule.rulePriority)
      else if (countType === 'sinceImagePushed') nextAt = Math.min(nextAt ?? dueAt, dueAt)
    }
  }
  return { expired, nextAt }
}

/** With several prefixes or patterns an image is selected when each of them fits one of its tags. */
function selects({ selection }: LifecycleRule, { tags }: RuledImage): boolean {
  if (selection.tagStatus === 'any') return true
  if (selection.tagStatus === 'untagged') return tags.length === 0
  const patterns = selection.tagPatternList ?? selection.tagPrefixList?.map(prefix => `${prefix}*`) ?? []
  return patterns.every(pattern => tags.some(tag => matchesWildcard(pattern, tag)))
}

/** Reads and checks a policy. Throws InvalidParameterException for whatever is wrong or not honoured here. */
export function readLifecyclePolicy(text: string): readonly LifecycleRule[] {
  const { rules, ...others } = parse(text)
  requireNoOthers(others, 'the policy')
  if (!Array.isArray(rules) || rules.length === 0) throw invalid("'rules' must hold at least one rule")
  const read = rules.map(readRule)
  const priorities = read.map(rule => rule.rulePriority)
  if (new Set(priorities).size < priorities.length) throw invalid('each rulePriority can be given once')
  for (const status of ['any', 'untagged'])
    if (read.filter(rule => rule.selection.tagStatus === status).length > 1)
      throw invalid(`only one rule can have tagStatus '${status}'`)
  const any = read.find(rule => rule.selection.tagStatus === 'any')
  if (any && any.rulePriority < Math.max(...priorities))
    throw invalid("the rule with tagStatus 'any' must have the highest rulePriority")
  return read
}

function readRule(value: unknown): LifecycleRule {
  const { rulePriority, description, selection, action, ...others } = object(value, 'a rule')
  requireNoOthers(others, 'a rule')
  if (!isCount(rulePriority))
    throw invalid(`rulePriority must be a number from 1 and is ${JSON.stringify(rulePriority)}`)
  if (description !== undefined && typeof description !== 'string') throw invalid('description must be a string')
  const { type, ...otherActions } = object(action, `the action of rule ${rulePriority}`)
  if (type !== 'expire')
    throw invalid(`the action of rule ${rulePriority} must be 'expire': images are never archived here`)
  requireNoOthers(otherActions, `the action of rule ${rulePriority}`)
  return {
    rulePriority,
    description,
    selection: readSelection(object(selection, 'a selection'), rulePriority),
    action: { type },
  }
}

function readSelection(value: Record<string, unknown>, priority: number): LifecycleRule['selection'] {
  const { tagStatus, tagPrefixList, tagPatternList, countType, countUnit, countNumber, storageClass, ...others } = value
  const wrong = (reason: string) => invalid(`rule ${priority}: ${reason}`)
  requireNoOthers(others, `the selection of rule ${priority}`)
  if (storageClass !== undefined && storageClass !== 'standard') throw wrong("storageClass can only be 'standard'")
  if (tagStatus !== 'tagged' && tagStatus !== 'untagged' && tagStatus !== 'any')
    throw wrong("tagStatus must be 'tagged', 'untagged' or 'any'")
  const lists = [tagPrefixList, tagPatternList].filter(list => list !== undefined)
  if (lists.length !== (tagStatus === 'tagged' ? 1 : 0))
    throw wrong("a rule for 'tagged' needs either tagPrefixList or tagPatternList, others have neither")
  for (const list of lists) requireStrings(list, wrong)
  if (countType !== 'imageCountMoreThan' && countType !== 'sinceImagePushed')
    throw wrong("countType must be 'imageCountMoreThan' or 'sinceImagePushed'")
  if (
    (countUnit === 'days') !== (countType === 'sinceImagePushed') ||
    (countUnit !== undefined && countUnit !== 'days')
  )
    throw wrong("countUnit must be 'days' with 'sinceImagePushed' and is not given otherwise")
  if (!isCount(countNumber)) throw wrong('countNumber must be a number from 1')
  return {
    tagStatus,
    tagPrefixList: tagPrefixList as string[] | undefined,
    tagPatternList: tagPatternList as string[] | undefined,
    countType,
    countUnit: countUnit as 'days' | undefined,
    countNumber,
  }
}

function requireStrings(list: unknown, wrong: (reason: string) => Error): void {
  const valid =
    Array.isArray(list) && list.length > 0 && list.every(item => typeof item === 'string' && item.length > 0)
  if (!valid) throw wrong('the list of tags must hold strings')
  if (list.some(item => item.split('*').length > 5)) throw wrong('a pattern can have at most four wildcards')
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1

function requireNoOthers(others: object, where: string): void {
  const [name] = Object.keys(others)
  if (name !== undefined) throw invalid(`${where} has '${name}', which is not known or not honoured here`)
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`)
  return value as Record<string, unknown>
}

function parse(text: string): Record<string, unknown> {
  try {
    return object(JSON.parse(text), 'the policy')
  } catch (error) {
    throw error instanceof SyntaxError ? invalid(error.message) : error
  }
}

const invalid = (reason: string) =>
  ecrErrors.invalidParameter('LifecyclePolicyText', `Lifecycle policy validation failure: ${reason}`)
