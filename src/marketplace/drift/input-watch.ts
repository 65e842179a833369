import { ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import { paging } from '../../service/page.ts'
import type { ProductInputs } from '../../service/product-inputs.ts'
import type { Db } from '../../store/database.ts'
import type { InputWatchTable, InputWindowTable } from '../../store/schema/market-drift-tables.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { productOfAsset } from './asset.ts'
import { nextDay, windowMs } from './window.ts'

export const watchKind = 'input-watch'
/** No endpoint's name has a space. */
export const watchKey = (endpoint: string, variant: string): string => `${endpoint} ${variant}`

export interface InputParts {
  readonly inputs: ProductInputs
}

interface Asked {
  readonly endpointName: string
  readonly variantName: string
}

/** SageMaker's, not this service's. */
const endpointArn = ({ endpointName }: Asked, { region, account }: Context): string =>
  `arn:aws:sagemaker:${region}:${account}:endpoint/${endpointName}`

/**
 * Has the inputs of a variant of the caller's endpoint compared with those of certification, from the next midnight (UTC) on: of what data
 * capture keeps of them in the caller's bucket, read as the endpoint's role, which the caller must be allowed to pass. Repeating it changes nothing.
 */
export async function putInputWatch(asked: Asked, ctx: Context & InputParts) {
  const endpoint = endpointArn(asked, ctx)
  const variant = asked.variantName
  const { made, role } = await requireComparable(endpoint, asked, ctx)
  await ctx.iam.passRole(ctx.principal, role, 'sagemaker.amazonaws.com', endpoint)
  const row = { endpoint, variant, account: ctx.account, made, next: nextDay(ctx.now().getTime()), tries: 0 }
  const next = await ctx.store.transaction(async tx => {
    const known = await findWatch(tx.db, endpoint, variant)
    if (known?.made === made) return known.next
    await tx.db
      .deleteFrom('market_input_watch')
      .where('endpoint', '=', endpoint)
      .where('variant', '=', variant)
      .execute()
    await tx.db.insertInto('market_input_watch').values(row).execute()
    await tx.enqueue(watchKind, watchKey(endpoint, variant), ctx.now())
    return row.next
  })
  return { ...asked, comparedFrom: new Date(next) }
}

/** Throws ResourceNotFoundException, or ValidationException with what is missing. */
async function requireComparable(endpoint: string, { endpointName, variantName }: Asked, { inputs }: InputParts) {
  const found = await inputs.find(endpoint, variantName)
  if (!found) throw notFound(`Variant ${variantName} of endpoint ${endpointName}`)
  if (!found.productArn) throw new ValidationException(`Variant ${variantName} does not give its inputs to a product.`)
  if (!found.sketch)
    throw new ValidationException(
      'The certification of this product had too few records to compare inputs with, or none that can be read.',
    )
  if (!found.isCaptured)
    throw new ValidationException(
      `Endpoint ${endpointName} does not capture its inputs: give its configuration a DataCaptureConfig with the CaptureMode Input.`,
    )
  return { made: found.created, role: found.role }
}

/** Ends it, and takes back what was compared and not told yet. */
export async function deleteInputWatch(asked: Asked, ctx: Context) {
  const endpoint = endpointArn(asked, ctx)
  await requireWatch(endpoint, asked, ctx.store.db)
  await ctx.store.transaction(tx => endWatch(tx.db, endpoint, asked.variantName))
  return {}
}

export async function endWatch(db: Db, endpoint: string, variant: string): Promise<void> {
  for (const table of ['market_input_watch', 'market_input_window'] as const)
    await db.deleteFrom(table).where('endpoint', '=', endpoint).where('variant', '=', variant).execute()
}

export async function findWatch(db: Db, endpoint: string, variant: string): Promise<InputWatchTable | undefined> {
  const row = await db
    .selectFrom('market_input_watch')
    .selectAll()
    .where('endpoint', '=', endpoint)
    .where('variant', '=', variant)
    .executeTakeFirst()
  return row && { ...row, made: Number(row.made), next: Number(row.next) }
}

async function requireWatch(endpoint: string, { endpointName, variantName }: Asked, db: Db): Promise<InputWatchTable> {
  const watch = await findWatch(db, endpoint, variantName)
  if (!watch) throw notFound(`A comparison of inputs of variant ${variantName} of endpoint ${endpointName}`)
  return watch
}

const mostWindows = 30

/** What was compared, newest first. */
export async function getInputWatch(asked: Asked, ctx: Context) {
  const { db } = ctx.store
  const endpoint = endpointArn(asked, ctx)
  const watch = await requireWatch(endpoint, asked, db)
  const rows = await db
    .selectFrom('market_input_window')
    .selectAll()
    .where('endpoint', '=', endpoint)
    .where('variant', '=', asked.variantName)
    .orderBy('start', 'desc')
    .limit(mostWindows)
    .execute()
  const windows = []
  for (const row of rows) windows.push(await told(row, db))
  return { ...asked, comparedFrom: new Date(watch.next), windows }
}

async function told({ start, asset, status, levels }: InputWindowTable, db: Db) {
  const product = asset === '' ? undefined : await productOfAsset(db, asset)
  return {
    ...{ startsAt: new Date(Number(start)), endsAt: new Date(Number(start) + windowMs), status, ...product },
    columns: columnsOf(levels),
  }
}

/** Of what a row has by column. */
export const columnsOf = (levels: string) =>
  Object.entries(JSON.parse(levels) as Record<string, string>).map(([name, level]) => ({ name, level }))

interface ListInput {
  readonly maxResults?: number
  readonly nextToken?: string
}

/** The caller's, by their endpoints' ARNs. */
export async function listInputWatches({ maxResults = 50, nextToken }: ListInput, ctx: Context) {
  const pages = paging<readonly [endpoint: string, variant: string]>(['ListInputWatches', ctx.account], nextToken)
  const [endpoint, variant] = pages.after ?? ['', '']
  const found = await ctx.store.db
    .selectFrom('market_input_watch')
    .selectAll()
    .where('account', '=', ctx.account)
    .where(eb => eb(eb.refTuple('endpoint', 'variant'), '>', eb.tuple(endpoint, variant)))
    .orderBy('endpoint')
    .orderBy('variant')
    .limit(maxResults + 1)
    .execute()
  const { items, next } = pages.cut(found, maxResults, row => [row.endpoint, row.variant] as const)
  return {
    watches: items.map(row => ({
      endpointArn: row.endpoint,
      variantName: row.variant,
      comparedFrom: new Date(Number(row.next)),
    })),
    ...(next !== undefined && { nextToken: next }),
  }
}
