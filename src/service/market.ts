import type { Transaction } from '../store/store.ts'

/** What a usage fact is about. `dimension` as listed in offers: `ml.m5.large.a.t`, `ml.m5.large.m.i.r`, `ml.m5.large.m.i.b`, `inference.count.m.i.c`. */
export interface UsageSubject {
  readonly account: string
  readonly region: string
  /** The subscribed product's algorithm or model package ARN. */
  readonly productArn: string
  /** The job or endpoint that uses it. */
  readonly resourceArn: string
}

/** Inferences of a resource within a minute that begins, for what is counted here, at `time` in milliseconds. */
export interface InferenceCount extends UsageSubject {
  readonly units: bigint
  readonly time: number
}

/** Names counts once and for all: batches of a journal are told in the order of their numbers. */
export interface CountBatch {
  readonly journal: string
  readonly number: number
}

/** The marketplace as SageMaker's resources use it. */
export interface Market {
  /** Account that owns escrowed resources in every region: 12 digits. */
  readonly escrowAccount: string
  /**
   * Throws ValidationException "Caller is not subscribed to the marketplace offering." unless the account has an active agreement, and,
   * where a dimension is named, another one if a private offer does not price it.
   */
  requireSubscription(account: string, productArn: string, dimension?: string): Promise<void>
  /** Running time begins. Repeating it with the same subject and dimension changes nothing. */
  usageStarted(
    tx: Transaction,
    subject: UsageSubject,
    dimension: string,
    instanceCount: number,
    at: Date,
  ): Promise<void>
  /** The same for an evaluation, by its job: written down, limited, and never charged. */
  evaluationStarted(
    tx: Transaction,
    resourceArn: string,
    dimension: string,
    instanceCount: number,
    at: Date,
  ): Promise<void>
  /** Running time ends, of use and of evaluations. Repeating it changes nothing. */
  usageStopped(tx: Transaction, resourceArn: string, at: Date): Promise<void>
  /**
   * Inferences were answered with 2xx. A batch that is told again, or one before it of the same journal, counts for nothing. Returns why
   * counts could not be taken, a sentence each: the rest is counted.
   */
  inferencesCounted(tx: Transaction, batch: CountBatch, counts: readonly InferenceCount[]): Promise<string[]>
}

/** SageMaker as the marketplace uses it: the deep copy that a listing holds. */
export interface Escrow {
  /**
   * Copies a certified algorithm or model package of `account` into the escrow account. The copy's ARN is announced before anything is made.
   * The same product and ARN give the same copy.
   * Throws ServiceErrors with codes of the Catalog API's error details: INVALID_ASSET_ARN, ASSET_NOT_FOUND, ASSET_VALIDATION_EXCEPTION, and
   * SCAN_ERROR for an image that the scan policy blocks by now.
   */
  copy(
    account: string,
    arn: string,
    productId: string,
    announce: (copyArn: string) => Promise<void>,
  ): Promise<EscrowedResource>
  /** Removes an unpublished copy, or what there is of it. */
  discard(arn: string): Promise<void>
}

/** What the container of a validation job was measured to do with payloads of a type: times are those of answers with 2xx. */
export interface MeasuredAnswers {
  readonly contentType: string
  /** Payloads that were answered; each is one record or as many as fit. */
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Payloads a second, from the first question to the last answer. */
  readonly perSecond: number
}

/** What was measured while a validation job ran; members are absent that could not be told. */
export interface Measured {
  readonly instanceType: string
  /** Of a training job, of its instances. */
  readonly trainingSeconds?: number
  /** From the start of the container to its first 200 on `GET /ping`. */
  readonly startUpSeconds?: number
  /** The most that a container held at a time, files that it read and wrote included. */
  readonly peakMemoryBytes?: number
  readonly answers?: MeasuredAnswers
}

/** That an algorithm or a model package was certified, and what was measured meanwhile. */
export interface Certificate {
  /** Milliseconds. */
  readonly issued: number
  /** Those that ran to their end: `TrainingJob`, `TransformJob`. */
  readonly validated: readonly string[]
  /** Bytes of each image that was scanned, compressed as it is pulled. */
  readonly imageBytes: readonly number[]
  readonly measured: readonly Measured[]
}

export interface EscrowedResource {
  readonly arn: string
  readonly kind: 'algorithm' | 'model-package'
  readonly trainingInstanceTypes: readonly string[]
  readonly realtimeInstanceTypes: readonly string[]
  readonly transformInstanceTypes: readonly string[]
  readonly supportedContentTypes: readonly string[]
  readonly certificate?: Certificate
}
