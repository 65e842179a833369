/** Most units that one answer may cost: what the Metering Service takes as a quantity (AWS Marketplace Metering API reference, `UsageQuantity`). */
export const mostUnits = 2_147_483_647

/** What one answer costs, in inferences. */
export interface InferenceUnits {
  readonly units: number
  /** Why the container's own count was not taken. */
  readonly ignored?: string
}

/**
 * Reads `X-Amzn-Inference-Metering: {"Dimension": "inference.count", "ConsumedUnits": 3}`. An answer without the header is one inference,
 * and so is one whose header says nothing usable. Source: AWS Marketplace Seller Guide, "Reporting usage for inference pricing": no
 * other dimension is accepted.
 */
export function inferenceUnits(header: string | undefined): InferenceUnits {
  if (header === undefined) return { units: 1 }
  const ignored = (why: string) => ({ units: 1, ignored: why })
  try {
    const { Dimension, ConsumedUnits } = JSON.parse(header)
    if (Dimension !== 'inference.count') return ignored('Dimension is not inference.count')
    if (!Number.isInteger(ConsumedUnits) || ConsumedUnits < 0 || ConsumedUnits > mostUnits)
      return ignored(`ConsumedUnits is no whole number from 0 to ${mostUnits}`)
    return { units: ConsumedUnits }
  } catch {
    return ignored('it is no JSON object')
  }
}
