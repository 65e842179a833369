import type { DatabaseSync } from 'node:sqlite'

/** Statements that may read a whole table or sort what they found, and why that stays small. */
const allowed: readonly (readonly [statement: RegExp, why: string])[] = [
  [/sqlite_master|kysely_migration|pragma/i, 'the schema itself, at the start'],
  [/from "setting"/, 'a few rows'],
  [/from "server"/, 'the servers that live'],
  [/from "resource_count"/, 'a row a kind and status'],
  [/from "event_count"/, 'three rows'],
  [/from "vulnerability_source"|from "vulnerability_exception"/, 'what the operator imported and excepted'],
  [/from "iam_account" order by "name"/, 'the operator lists accounts'],
  [/^with recursive "owner"/, 'a seek for each account that has wishes, when more is due than can be worked on'],
  [/^update "work" set "lease" = \?, "server" = \? where "(lease|server)"/, 'when a server ends: its leases end'],
  [/^select "name" from "s3_bucket"$/, 'the hourly sweep, a few hundred rows'],
  [/from "iam_membership"/, 'at most ten groups a user, and their users: sorted by name'],
  [/from "iam_attachment"|from "iam_policy"/, 'within the account: at most 1,500 policies'],
  [/from "iam_access_key"/, 'at most two keys an identity'],
  [/from "market_asset" inner join "market_agreement"/, 'agreements of one buyer on one product'],
  [/from "market_running" where .* group by "dimension"/, 'dimensions of one agreement'],
  [/^select distinct "key" from "tag" where "arn" in/, 'tags of at most 200 resources'],
  [/^select "resource_arn" from "market_running" where "stopped" = \?$/, 'the simulation looks for open facts'],
  [
    /from "resource" where "kind" in \(.*\) and "status" in \(.*\) order by "created", "arn"$/,
    'what goes on at the moment',
  ],
  [/from "market_cancellation"|from "market_adjustment_request" inner join/, 'requests and refunds of one party'],
  [/^select \* from "market_agreement" order by "accepted", "id"$/, 'reconcile-charges counts everything again'],
  [/from "metric_bucket"/, 'grouped or sorted: bounded by the points that a call may ask for'],
  [/market_listing/, 'facets and counts of the listing index, kept in memory and rebuilt only at a change'],
  [/from "log_chunk" where "stream_id" in/, 'chunks of streams that the caller names, without their events'],
  [
    /"ecr_(manifest|manifest_child|repository_blob|image_hold|upload|repository_manifest|image_scan\w*)"/,
    'hourly collection, and upgrades',
  ],
  [
    /^(select (\*|"\w+"(, "\w+")*|count\(\*\) as "\w+") from "\w+"( order by "\w+")?|delete from "\w+"|update (work|"iam_access_key") set.*)$|from ("s3_version" where "etag"|"market_rate" where "price")/,
    'what tests themselves ask',
  ],
]

/** What SQLite says of a statement that reads a whole table or sorts what it found. Ties of an order that an index gives are no sort. */
const costly = /^SCAN (?!CONSTANT|\(|\w+ VIRTUAL)(?!\d+-ROW)|^USE TEMP B-TREE FOR (?!LAST)/

const asks = /^\s*(select|update|delete|insert|with)\b/i

/**
 * Throws for a statement whose cost grows with what there is and not with what is asked: its plan must be a search on an index, but for
 * a named few. For tests: it asks SQLite for the plan of each new statement.
 */
export function requireSearch(file: DatabaseSync, text: string): void {
  if (!asks.test(text) || allowed.some(([statement]) => statement.test(text))) return
  const plan = file.prepare(`explain query plan ${text}`).all() as { detail: string }[]
  // The first rows of an order that is there already.
  const first = / limit \d+$/.test(text) && !/ where /.test(text)
  const bad = plan.map(({ detail }) => detail).filter(detail => costly.test(detail) && !(first && /^SCAN/.test(detail)))
  if (bad.length > 0) throw new Error(`A statement would read more than it asks for (${bad.join('; ')}): ${text}`)
}
