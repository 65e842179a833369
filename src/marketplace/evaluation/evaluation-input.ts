import { ServiceError, ValidationException } from '../../ground/errors.ts'
import { turns } from '../../ground/turns.ts'
import type { Context } from '../../service/context.ts'
import type { Principal } from '../../service/principal.ts'
import { parseS3Uri } from '../../workload/s3-uri.ts'
import { lines } from '../../workload/splitter-lines.ts'
import type { EvaluationRequest } from './evaluation-run.ts'
import { isLabelMetric, rowsAtOnce } from './metric.ts'

export type AskedEvaluation = Omit<EvaluationRequest, 'rows' | 'etag' | 'trainingRows' | 'trainingEtags'>

/** Members that the metric has no use for are refused, as are those that it lacks. Throws ValidationException. */
export function checkAsked({
  metric,
  labels,
  training,
  prediction,
  positiveLabel,
  input,
  output,
}: AskedEvaluation): void {
  const isHeld = isLabelMetric(metric)
  if (isHeld && !labels) throw new ValidationException(`${metric} needs labels, a line for each row.`)
  if (!isHeld && (labels || prediction))
    throw new ValidationException(`${metric} has no use for labels and prediction.`)
  if (positiveLabel !== undefined && metric !== 'F1' && metric !== 'AUC')
    throw new ValidationException(`${metric} has no use for positiveLabel.`)
  if (prediction?.column !== undefined && prediction.field !== undefined)
    throw new ValidationException('Give column or field of prediction, not both.')
  parseS3Uri(output.s3Uri)
  const channels = training?.channels ?? []
  const names = channels.map(({ channelName }) => channelName)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new ValidationException(`There are two training channels named ${twice}.`)
  for (const { s3Uri } of [input, ...(labels ? [labels] : []), ...channels]) requireObject(s3Uri)
}

function requireObject(uri: string): void {
  const { key } = parseS3Uri(uri)
  if (key === '' || key.endsWith('/')) throw new ValidationException(`${uri} must name one object.`)
}

const mostBytes = 100 * 1024 * 1024
const longestLine = 6 * 1024 * 1024

/**
 * Counts the rows of an object as the job will read them, lines that are not empty, and tells by which ETag it was counted. Stops at one
 * more than `most`. Throws ValidationException for what the role cannot read or what is too large.
 */
export async function countRows(
  { objects }: Pick<Context, 'objects'>,
  as: Principal,
  uri: string,
  most: number,
): Promise<{ rows: number; etag: string }> {
  const { bucket, key } = parseS3Uri(uri)
  try {
    const { size, etag, body } = await objects.get(as, bucket, key)
    try {
      if (size > mostBytes) throw new ValidationException(`${uri} has ${size} bytes, more than ${mostBytes}.`)
      let rows = 0
      for await (const _ of lines(body, longestLine)) {
        if (++rows > most) break
        if (rows % rowsAtOnce === 0) await turns.takeAgain(as.account)
      }
      return { rows, etag }
    } finally {
      body.destroy()
    }
  } catch (error) {
    if (!(error instanceof ServiceError) || error instanceof ValidationException) throw error
    throw new ValidationException(`${uri} cannot be read: ${error.message}`)
  }
}
