/** A product that was chosen. */
export interface ChosenProduct {
  readonly id: string
  readonly name: string
  readonly learns: boolean
}

interface Pair {
  readonly key: string
  readonly value: string
}

/** What a person has typed. */
export interface EvaluationValues {
  readonly products: readonly ChosenProduct[]
  readonly role: string
  readonly input: string
  readonly contentType: string
  readonly labels: string
  readonly channels: readonly Pair[]
  readonly trainingType: string
  readonly hyperParameters: readonly Pair[]
  readonly output: string
  readonly metric: string
  readonly positive: string
  readonly column: string
  readonly field: string
}

type Place = { readonly s3Uri: string }

/** StartEvaluation's. */
export interface EvaluationRequest {
  readonly candidates: readonly {
    readonly productId: string
    readonly hyperParameters?: Readonly<Record<string, string>>
  }[]
  readonly roleArn: string
  readonly training?: {
    readonly channels: readonly (Place & { readonly channelName: string; readonly contentType: string })[]
  }
  readonly input: Place & { readonly contentType: string }
  readonly labels?: Place
  readonly output: Place
  readonly metric: string
  readonly positiveLabel?: string
  readonly prediction?: { readonly column?: number; readonly field?: string }
}

export const emptyEvaluation: EvaluationValues = {
  ...{ products: [], role: '', input: '', contentType: 'text/csv', labels: '', output: '' },
  ...{ channels: [{ key: 'training', value: '' }], trainingType: 'text/csv', hyperParameters: [] },
  ...{ metric: 'ACCURACY', positive: '', column: '', field: '' },
}

export const isHeldToLabels = (metric: string): boolean => metric !== 'LATENCY' && metric !== 'PRICE'
export const hasPositive = (metric: string): boolean => metric === 'F1' || metric === 'AUC'
export const someLearn = ({ products }: EvaluationValues): boolean => products.some(({ learns }) => learns)

/** What is asked for by what was typed: members that the metric or the products have no use for are left out. */
export function evaluationRequest(values: EvaluationValues): EvaluationRequest {
  const { products, role, input, contentType, channels, trainingType, output, metric, column, field } = values
  const hyperParameters = Object.fromEntries(values.hyperParameters.map(({ key, value }) => [key.trim(), value]))
  const hasParameters = values.hyperParameters.length > 0
  const [labels, positive, isHeld] = [values.labels.trim(), values.positive.trim(), isHeldToLabels(metric)]
  const prediction = {
    ...(column.trim() !== '' && { column: Number(column) }),
    ...(field.trim() !== '' && { field: field.trim() }),
  }
  return {
    candidates: products.map(({ id, learns }) => ({
      productId: id,
      ...(learns && hasParameters && { hyperParameters }),
    })),
    roleArn: role,
    ...(someLearn(values) && {
      training: {
        channels: channels.map(({ key, value }) => ({
          channelName: key.trim(),
          s3Uri: value.trim(),
          contentType: trainingType,
        })),
      },
    }),
    input: { s3Uri: input.trim(), contentType },
    ...(isHeld && labels !== '' && { labels: { s3Uri: labels } }),
    output: { s3Uri: output.trim() },
    metric,
    ...(hasPositive(metric) && positive !== '' && { positiveLabel: positive }),
    ...(isHeld && Object.keys(prediction).length > 0 && { prediction }),
  }
}
