/** How the values of one column of a certification's records are spread over bins: counts, and never a record. */
export interface ColumnSketch {
  /** A CSV column's number from 0, a JSON member's path, or `#bytes` and `#columns` of the record itself. */
  readonly name: string
  /** Of numbers, ascending: quantiles. Absent of categories, whose bins are hashes. */
  readonly edges?: readonly number[]
  /** Records by bin (`binOf`). */
  readonly counts: readonly number[]
}

export interface InputSketch {
  readonly records: number
  readonly columns: readonly ColumnSketch[]
}

/** A variant of an endpoint whose inputs may be compared with those of a certification. */
export interface ComparedVariant {
  /** When the endpoint was made, in milliseconds: another of the same name is another. */
  readonly created: number
  readonly role: string
  /** Whether data capture keeps its inputs. */
  readonly isCaptured: boolean
  /** The product whose container is given them. */
  readonly productArn?: string
  /** Absent where certification had too few records. */
  readonly sketch?: InputSketch
}

export interface CapturedInput {
  readonly body: Uint8Array
  readonly contentType: string
}

/** SageMaker as the comparison of inputs uses it. */
export interface ProductInputs {
  find(endpointArn: string, variant: string): Promise<ComparedVariant | undefined>
  /** What data capture has written from one time up to another, as the endpoint's role. Throws a ServiceError of what the role may not read. */
  captured(endpointArn: string, variant: string, from: number, to: number): AsyncIterable<CapturedInput>
}
