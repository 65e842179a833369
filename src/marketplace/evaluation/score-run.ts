import Big from 'big.js'
import { ServiceError } from '../../ground/errors.ts'
import { turns } from '../../ground/turns.ts'
import type { Iam } from '../../service/iam.ts'
import { instanceHour } from '../../service/instance-hour.ts'
import type { Objects } from '../../service/objects.ts'
import type { Principal } from '../../service/principal.ts'
import type { ProductRun } from '../../service/product-run.ts'
import type { Db } from '../../store/database.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { lines } from '../../workload/splitter-lines.ts'
import { lastPrices } from '../billing/rate.ts'
import { publicOffer } from '../public-offer.ts'
import type { Evaluation, EvaluationRun, RunResult } from './evaluation-run.ts'
import { isLabelMetric, rowsAtOnce, score, Unscorable } from './metric.ts'
import { type PredictionPlace, predictionOf } from './prediction-text.ts'

export interface ScoreParts {
  readonly db: Db
  readonly objects: Pick<Objects, 'get'>
  readonly iam: Pick<Iam, 'assumeForService'>
}

type Place = { readonly bucket: string; readonly key: string }

/** What a run that has succeeded is told to be worth. Reads what the buyer's role may read; it is the same however often it is asked. */
export async function scoreRun(evaluation: Evaluation, run: EvaluationRun, job: ProductRun, parts: ScoreParts) {
  const answers = job.measured?.answers
  const price = answers && (await priceOf(run, answers.perSecond, parts.db))
  const told: RunResult = {
    output: `s3://${job.output.bucket}/${job.output.key}`,
    ...(answers && { latency: { p50Ms: answers.p50Ms, p99Ms: answers.p99Ms } }),
    ...(price !== undefined && { pricePerThousandRows: price }),
  }
  return { ...told, ...(await scoreOf(evaluation, run, job, told, parts)) }
}

async function scoreOf(
  evaluation: Evaluation,
  run: EvaluationRun,
  job: ProductRun,
  { latency, pricePerThousandRows: price }: RunResult,
  parts: ScoreParts,
): Promise<Pick<RunResult, 'score' | 'scoreProblem'>> {
  const { metric } = evaluation
  if (metric === 'LATENCY') return latency ? { score: latency.p50Ms } : { scoreProblem: 'It was not measured.' }
  if (metric === 'PRICE')
    return price === undefined ? { scoreProblem: 'It has no public price.' } : { score: Number(price) }
  try {
    return { score: await compare(evaluation, run, job.output, parts) }
  } catch (error) {
    if (error instanceof Unscorable || error instanceof ServiceError) return { scoreProblem: error.message }
    throw error
  }
}

async function compare(evaluation: Evaluation, run: EvaluationRun, output: Place, { objects, iam }: ScoreParts) {
  const { metric, roleArn, positiveLabel: positive } = evaluation
  if (!isLabelMetric(metric) || !evaluation.labels) throw new Error(`evaluation ${evaluation.id} has no labels`)
  const role = await iam.assumeForService(roleArn, 'sagemaker.amazonaws.com', run.name, run.arn)
  const labels = await textsOf(objects, role, parseS3Uri(evaluation.labels.s3Uri), evaluation.rows)
  const predictions = await textsOf(objects, role, output, evaluation.rows, evaluation.prediction)
  return score(metric, { labels, predictions, positive }, () => turns.takeAgain(run.account))
}

const [mostBytes, longestLine] = [256 * 1024 * 1024, 1024 * 1024]

/** The text of each line, one more than there are rows at most: a seller's container may have written without end. Throws Unscorable. */
async function textsOf(
  objects: Pick<Objects, 'get'>,
  as: Principal,
  { bucket, key }: Place,
  rows: number,
  place?: PredictionPlace,
): Promise<string[]> {
  const { size, body } = await objects.get(as, bucket, key)
  try {
    if (size > mostBytes) throw new Unscorable(`s3://${bucket}/${key} has more than ${mostBytes} bytes.`)
    const texts: string[] = []
    for await (const line of lines(body, longestLine)) {
      texts.push(predictionOf(Buffer.from(line).toString(), texts.length, place))
      if (texts.length > rows) break
      if (texts.length % rowsAtOnce === 0) await turns.takeAgain(as.account)
    }
    return texts
  } finally {
    body.destroy()
  }
}

/** What a thousand rows would cost by the public offer on one instance that answers row after row, as it did here. */
async function priceOf(
  { product, instanceType }: EvaluationRun,
  perSecond: number,
  db: Db,
): Promise<string | undefined> {
  const offer = await publicOffer(db, product)
  if (!offer) return undefined
  if (offer.document.pricingModel === 'Free') return '0'
  const rate = (await lastPrices(db, offer.id)).get(instanceHour(instanceType, 'batch'))
  return rate && Big(rate.price).times(1000).div(3600).div(perSecond).round(8).toFixed()
}
