import type { Bucket, LifecycleRule } from './bucket-row.ts'
import type { Tag } from './tag-set.ts'

const day = 86_400_000

/** What was written before this midnight (UTC) minus N days has had its N days and the rest of its last one. */
export const lastMidnight = (now: number): number => Math.floor(now / day) * day

/** Which objects of a bucket a lifecycle rule is about. */
export interface Scope {
  readonly prefix: Buffer
  readonly tags: readonly Tag[]
  readonly largerThan: number
  readonly smallerThan: number
}

export function scopeOf(rule: LifecycleRule): Scope {
  const { Filter: filter } = rule
  const and = filter?.And
  return {
    prefix: Buffer.from(rule.Prefix ?? filter?.Prefix ?? and?.Prefix ?? ''),
    tags: [filter?.Tag, ...(and?.Tags ?? [])].filter(Boolean) as Tag[],
    largerThan: filter?.ObjectSizeGreaterThan ?? and?.ObjectSizeGreaterThan ?? -1,
    smallerThan: filter?.ObjectSizeLessThan ?? and?.ObjectSizeLessThan ?? Number.MAX_SAFE_INTEGER,
  }
}

interface Candidate {
  readonly size: number
  /** JSON of tags, empty for none. */
  readonly tags: string
}

/** Whether a version whose key has the prefix is in the scope. */
export function inScope(scope: Scope, row: Candidate): boolean {
  if (row.size <= scope.largerThan || row.size >= scope.smallerThan) return false
  if (scope.tags.length === 0) return true
  const tags: Tag[] = row.tags === '' ? [] : JSON.parse(row.tags)
  return scope.tags.every(wanted => tags.some(tag => tag.Key === wanted.Key && tag.Value === wanted.Value))
}

/** The `x-amz-expiration` of a current version: when the first rule will expire it, and which; undefined when none will. */
export function expirationOf(
  bucket: Bucket,
  version: Candidate & { readonly key: Uint8Array; readonly modified: number },
): string | undefined {
  const due = (bucket.configuration.lifecycle ?? [])
    .filter(rule => rule.Status === 'Enabled' && covers(scopeOf(rule), version))
    .flatMap(rule => {
      const at = expiryOf(rule, version.modified)
      return at === undefined ? [] : [{ at, id: rule.ID ?? '' }]
    })
  const [first] = due.sort((a, b) => a.at - b.at)
  return first && `expiry-date="${new Date(first.at).toUTCString()}", rule-id="${encodeURIComponent(first.id)}"`
}

const covers = (scope: Scope, version: Candidate & { readonly key: Uint8Array }): boolean =>
  Buffer.compare(version.key.subarray(0, scope.prefix.length), scope.prefix) === 0 && inScope(scope, version)

function expiryOf({ Expiration: expiration }: LifecycleRule, modified: number): number | undefined {
  if (expiration?.Date !== undefined) return new Date(expiration.Date).getTime()
  if (expiration?.Days !== undefined) return lastMidnight(modified + expiration.Days * day) + day
  return undefined
}
