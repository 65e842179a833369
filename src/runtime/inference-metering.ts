/** What one answer costs in units of a dimension. */
export interface InferenceUnits {
  readonly dimension: string
  readonly units: number
}

const perCall: InferenceUnits = { dimension: 'inference.count.m.i.c', units: 1 }

/**
 * Reads `X-Amzn-Inference-Metering: {"Dimension": "inference.count", "ConsumedUnits": 3}`; one unit of `inference.count` when the
 * header is absent or says nothing usable. Source: AWS Marketplace Seller Guide, "Machine learning product pricing".
 */
export function inferenceUnits(header: string | undefined): InferenceUnits {
  if (header === undefined) return perCall
  try {
    const { Dimension, ConsumedUnits } = JSON.parse(header)
    const usable =
      typeof Dimension === 'string' && Dimension !== '' && Number.isSafeInteger(ConsumedUnits) && ConsumedUnits >= 0
    return usable ? { dimension: `${Dimension}.m.i.c`, units: ConsumedUnits } : perCall
  } catch {
    return perCall
  }
}
