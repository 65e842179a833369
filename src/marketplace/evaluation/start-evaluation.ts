import { ServiceError, ValidationException } from '../../ground/errors.ts'
import type { Context } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import type { Transaction } from '../../store/store.ts'
import { notFound } from '../catalog/catalog-check.ts'
import { visibleProduct } from '../discovery/visibility.ts'
import { randomId } from '../identifier.ts'
import type { Product, Version } from '../product.ts'
import { onceForToken } from '../request-token.ts'
import { type AskedEvaluation, checkAsked, countRows } from './evaluation-input.ts'
import {
  type EvaluationRequest,
  type RunFacts,
  type RunTraining,
  runKind,
  type TrainingChannel,
  trainingArn,
} from './evaluation-run.ts'
import { type EvaluationTerms, evaluationsOf, findTerms } from './evaluation-terms.ts'

interface Candidate {
  readonly productId: string
  readonly fulfillmentOptionId?: string
  readonly instanceType?: string
  readonly trainingInstanceType?: string
  readonly hyperParameters?: Readonly<Record<string, string>>
}

interface StartInput extends AskedEvaluation {
  readonly candidates: readonly Candidate[]
  readonly clientToken?: string
}

interface Chosen {
  readonly product: Product
  readonly version: Version
  readonly instanceType: string
  readonly terms: EvaluationTerms
  readonly training?: RunTraining
}

/**
 * Runs products on a buyer's own data without a subscription, within what their sellers allow: rows are counted before anything runs, and
 * of that very content. Nothing is charged.
 */
export async function startEvaluation({ candidates, clientToken, ...asked }: StartInput, ctx: Context) {
  checkAsked(asked)
  const chosen: Chosen[] = []
  for (const candidate of candidates) chosen.push(await choose(candidate, asked, ctx))
  if (asked.training && !chosen.some(({ training }) => training))
    throw new ValidationException('Model packages have no use for training: none of the products is an algorithm.')
  const id = randomId('eval-', 13)
  const runs = chosen.map((each, at) => factsOf(id, at + 1, each, ctx.account))
  const counted = await count(asked, chosen, runs, ctx)
  const now = ctx.now().getTime()
  const scope = `marketplace-evaluations:StartEvaluation:${ctx.account}`
  return ctx.store.transaction(tx =>
    onceForToken(tx, scope, clientToken, { candidates, ...asked }, now, async () => {
      const document = JSON.stringify({ ...asked, ...counted })
      await tx.db.insertInto('market_evaluation').values({ id, account: ctx.account, created: now, document }).execute()
      for (const [at, run] of runs.entries()) await insertRun(tx, id, at + 1, run, chosen[at] as Chosen, ctx)
      const { rows, trainingRows } = counted
      return { evaluationId: id, rows, ...(trainingRows !== undefined && { trainingRows }) }
    }),
  )
}

async function choose({ productId, ...wanted }: Candidate, asked: AskedEvaluation, ctx: Context): Promise<Chosen> {
  const { db } = ctx.store
  const product = await visibleProduct(db, ctx.account, productId)
  const terms = product && (await findTerms(db, productId))
  if (!product || !terms || product.state === 'Restricted') throw notFound(`Evaluation of product ${productId}`)
  const open = product.document.versions.filter(({ visibility }) => visibility === 'Public')
  const option = wanted.fulfillmentOptionId
  const version = option === undefined ? open.at(-1) : open.find(({ deliveryOptionId }) => deliveryOptionId === option)
  if (!version) throw notFound(`Version ${option ?? ''} of product ${productId}`)
  const { contentType } = asked.input
  const { batch } = version.instanceTypes
  const instanceType = wanted.instanceType ?? version.usage.RecommendedInstanceTypes.BatchTransform
  if (!batch.includes(instanceType))
    throw new ValidationException(
      `Product ${productId} does not run on ${instanceType}. It runs on ${batch.join(', ')}.`,
    )
  if (version.contentTypes.length > 0 && !version.contentTypes.includes(contentType))
    throw new ValidationException(
      `Product ${productId} does not take ${contentType}. It takes ${version.contentTypes.join(', ')}.`,
    )
  const training = trainingOf(productId, version, wanted, asked)
  return { product, version, instanceType, terms, ...(training && { training }) }
}

/** Of an algorithm, which learns what all algorithms of the evaluation learn from. Throws ValidationException. */
function trainingOf(
  productId: string,
  { type, instanceTypes, usage }: Version,
  { trainingInstanceType, hyperParameters }: Omit<Candidate, 'productId'>,
  { training }: AskedEvaluation,
): RunTraining | undefined {
  if (type === 'SageMakerModelPackage') {
    if (trainingInstanceType !== undefined || hyperParameters)
      throw new ValidationException(
        `Product ${productId} is a model package, which has no use for trainingInstanceType and hyperParameters.`,
      )
    return undefined
  }
  if (!training)
    throw new ValidationException(`Product ${productId} is an algorithm: give training, what it is to learn from.`)
  const instanceType = trainingInstanceType ?? (usage.RecommendedInstanceTypes.Training as string)
  if (!instanceTypes.training.includes(instanceType))
    throw new ValidationException(
      `Product ${productId} does not train on ${instanceType}. It trains on ${instanceTypes.training.join(', ')}.`,
    )
  return { instanceType, hyperParameters: hyperParameters ?? {} }
}

type Run = RunFacts & { readonly arn: string }

function factsOf(
  id: string,
  place: number,
  { product, version, instanceType, terms, training }: Chosen,
  account: string,
): Run {
  const region = version.assetArn.split(':')[3] as string
  const name = `${id}-${place}`
  return {
    ...{ arn: `arn:aws:sagemaker:${region}:${account}:transform-job/${name}`, name, region, instanceType },
    ...{ title: product.document.information.ProductTitle ?? product.id, versionTitle: version.title },
    ...{ fulfillmentOptionId: version.deliveryOptionId, assetArn: version.assetArn, maxMinutes: terms.maxMinutes },
    ...(training && { training }),
  }
}

/** As the role that the jobs will have, which the caller may pass to them. */
async function count(
  asked: AskedEvaluation,
  chosen: readonly Chosen[],
  runs: readonly Run[],
  ctx: Context,
): Promise<Counted> {
  const { roleArn, input, labels, training } = asked
  for (const run of runs)
    for (const arn of [run.arn, ...(run.training ? [trainingArn(run)] : [])])
      await ctx.iam.passRole(ctx.principal, roleArn, 'sagemaker.amazonaws.com', arn)
  const { name, arn } = runs[0] as Run
  const role = await ctx.iam.assumeForService(roleArn, 'sagemaker.amazonaws.com', name, arn)
  const strictest = strictestOf(chosen)
  const { maxRows } = strictest.terms
  const counted = await countRows(ctx, role, input.s3Uri, maxRows)
  if (counted.rows > maxRows)
    throw new ServiceError(
      'ServiceQuotaExceededException',
      `${input.s3Uri} has more than ${maxRows} rows, which the seller of product ${strictest.product.id} allows.`,
    )
  if (counted.rows === 0) throw new ValidationException(`${input.s3Uri} has no rows.`)
  const labelled = labels && (await countRows(ctx, role, labels.s3Uri, counted.rows))
  if (labelled && labelled.rows !== counted.rows)
    throw new ValidationException(
      `${labels.s3Uri} has ${labelled.rows > counted.rows ? 'more lines than' : `${labelled.rows} lines for`} ${counted.rows} rows.`,
    )
  const learners = chosen.filter(each => each.training !== undefined)
  const learnt = training && (await countTraining(training.channels, strictestOf(learners), role, ctx))
  return { ...counted, ...learnt }
}

type Counted = Pick<EvaluationRequest, 'rows' | 'etag' | 'trainingRows' | 'trainingEtags'>

/** All channels are one data set. */
async function countTraining(
  channels: readonly TrainingChannel[],
  { product, terms: { maxRows } }: Chosen,
  role: Principal,
  ctx: Context,
) {
  const trainingEtags: string[] = []
  let trainingRows = 0
  for (const { s3Uri } of channels) {
    const { rows, etag } = await countRows(ctx, role, s3Uri, maxRows - trainingRows)
    trainingRows += rows
    if (trainingRows > maxRows)
      throw new ServiceError(
        'ServiceQuotaExceededException',
        `What is to be learnt from has more than ${maxRows} rows, which the seller of product ${product.id} allows.`,
      )
    trainingEtags.push(etag)
  }
  if (trainingRows === 0) throw new ValidationException('What is to be learnt from has no rows.')
  return { trainingRows, trainingEtags }
}

const strictestOf = (chosen: readonly Chosen[]): Chosen =>
  chosen.reduce((one, other) => (one.terms.maxRows <= other.terms.maxRows ? one : other))

/** In one commit with all others of the account: who starts many at once gets as many as are left. */
async function insertRun(
  tx: Transaction,
  evaluation: string,
  place: number,
  { arn, ...facts }: Run,
  { product: { id: product }, terms: { maxEvaluations } }: Chosen,
  { account, now }: Context,
): Promise<void> {
  if ((await evaluationsOf(tx.db, account, product)) >= maxEvaluations)
    throw new ServiceError(
      'ServiceQuotaExceededException',
      `The ${maxEvaluations} evaluations that the seller of product ${product} allows an account are used up.`,
    )
  const row = { arn, evaluation, place, account, product, status: 'IN_PROGRESS', counts: 1, stopping: 0, tries: 0 }
  await tx.db
    .insertInto('market_evaluation_run')
    .values({ ...row, document: JSON.stringify(facts), result: '' })
    .execute()
  await tx.enqueue(runKind, arn, now())
}
