import { type ChecksumAlgorithm, createChecksum } from './checksum.ts'

export type SumValues = ReadonlyMap<ChecksumAlgorithm, string>

/** Checksums of a body while it streams. */
export interface BodySums {
  /** Called with each chunk before it is passed on. */
  update(chunk: Uint8Array): void | Promise<void>
  /** Takes the chunks when all else is done with them, where the sums are computed elsewhere. */
  readonly release?: (chunk: Uint8Array) => void
  /** Base64, once all chunks have been updated and released. */
  values(): Promise<SumValues>
  /** There will be no more, and nobody will ask. */
  discard(): void
}

/** Computed as the chunks pass. */
export function passingSums(algorithms: readonly ChecksumAlgorithm[]): BodySums {
  const running = algorithms.map(algorithm => ({ algorithm, sum: createChecksum(algorithm) }))
  return {
    update(chunk) {
      for (const { sum } of running) sum.update(chunk)
    },
    values: async () => new Map(running.map(({ algorithm, sum }) => [algorithm, sum.value()])),
    discard() {},
  }
}
