import { isDeepStrictEqual } from 'node:util'

/** What these tests read of a state file. */
export interface State {
  readonly resources: readonly {
    readonly mode: 'managed' | 'data'
    readonly type: string
    readonly name: string
    readonly instances: readonly { readonly attributes: Attributes }[]
  }[]
}

type Attributes = Readonly<Record<string, unknown>>

interface Change {
  readonly actions: readonly string[]
  readonly importing?: object
  readonly before: Attributes | null
  readonly after: Attributes | null
  readonly after_unknown: Attributes
}

/** What these tests read of `terraform show -json PLAN`. */
export interface Plan {
  readonly resource_changes: readonly { readonly address: string; readonly change: Change }[]
}

/** The provider has no way to import these. */
const notImportable = new Set([
  ...['aws_kms_ciphertext', 'aws_s3_object_copy', 'aws_iam_group_membership', 'aws_appautoscaling_scheduled_action'],
])

/** By what a resource is imported where that is not its id (the provider's documentation of each). */
const importIds: Readonly<Record<string, readonly [separator: string, ...names: string[]]>> = {
  aws_appautoscaling_policy: ['/', 'service_namespace', 'resource_id', 'scalable_dimension', 'name'],
  aws_appautoscaling_target: ['/', 'service_namespace', 'resource_id', 'scalable_dimension'],
  aws_cloudwatch_event_target: ['/', 'rule', 'target_id'],
  aws_cloudwatch_log_metric_filter: [':', 'log_group_name', 'name'],
  aws_cloudwatch_log_stream: [':', 'log_group_name', 'name'],
  aws_ecr_account_setting: ['', 'name'],
  aws_iam_group_policy_attachment: ['/', 'group', 'policy_arn'],
  aws_iam_role_policy_attachment: ['/', 'role', 'policy_arn'],
  aws_iam_user_policy_attachment: ['/', 'user', 'policy_arn'],
  aws_s3_object: ['/', 'bucket', 'key'],
}

/** An `import` block for every resource of the state that can be imported. */
export function importBlocks({ resources }: State): { readonly text: string; readonly count: number } {
  const importable = resources.filter(({ mode, type }) => mode === 'managed' && !notImportable.has(type))
  const blocks = importable.map(({ type, name, instances }) => {
    const attributes = instances[0]?.attributes ?? {}
    const [separator, ...names] = importIds[type] ?? ['', 'id']
    const id = names.map(each => attributes[each]).join(separator)
    return `import {\n  to = ${type}.${name}\n  id = "${id}"\n}\n`
  })
  return { text: blocks.join('\n'), count: blocks.length }
}

/** What no API tells: it is read by the provider alone, or told once, as a password is. */
const configurationOnly = new Set([
  ...['force_delete', 'force_destroy', 'deletion_window_in_days', 'bypass_policy_lockout_safety_check', 'content'],
  ...['password', 'password_length', 'password_reset_required', 'encrypted_password', 'key_fingerprint', 'id'],
  ...['endpoint_auto_confirms', 'confirmation_timeout_in_minutes', 'auth_parameters'],
])

/** Members of an imported resource that the API tells otherwise than the configuration. What follows from another change is not known yet. */
export const toldOtherwise = ({ before, after, after_unknown: unknown }: Change): string[] =>
  Object.keys({ ...before, ...after }).filter(
    name =>
      !configurationOnly.has(name) &&
      unknown[name] !== true &&
      !isDeepStrictEqual(meant(before?.[name]), meant(after?.[name])),
  )

/** A policy document is the same however it is spaced and ordered. */
function meant(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return value
  return JSON.parse(value)
}
