import { crc32 } from 'node:zlib'
import type { InferenceCount, UsageSubject } from '../service/market.ts'

/** Longer than any line: names and ARNs are bounded. */
const mostBytes = 4096

const beginnings = new WeakMap<UsageSubject, string>()

/** What lines of one subject begin with, written out once. */
function beginningOf(subject: UsageSubject): string {
  const known = beginnings.get(subject)
  if (known !== undefined) return known
  const { account, region, productArn, resourceArn } = subject
  const text = JSON.stringify([account, region, productArn, resourceArn]).slice(0, -1)
  beginnings.set(subject, text)
  return text
}

/** One answer as a line of a journal: its checksum, and what is counted as JSON. */
export function journalLine(subject: UsageSubject, units: number, time: number): string {
  const text = `${beginningOf(subject)},${units},${time}]`
  return `${checksum(text)} ${text}\n`
}

const checksum = (text: string) => crc32(text).toString(16).padStart(8, '0')

/** What a line counts; undefined for one that was not written so. */
export function parseJournalLine(line: string): InferenceCount | undefined {
  const text = line.slice(9)
  if (line.slice(0, 9) !== `${checksum(text)} `) return undefined
  const [account, region, productArn, resourceArn, units, time] = JSON.parse(text)
  return { account, region, productArn, resourceArn, units: BigInt(units), time }
}

/**
 * The lines of a journal, without their ends, and each with its number from 1; undefined for one that is too long. What follows the last
 * end was acknowledged to nobody and is left out.
 */
export async function* journalLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<readonly [number: number, line: string | undefined]> {
  let number = 0
  let begun: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const rest = chunk.subarray(from, end)
      const whole = size + rest.length <= mostBytes
      yield [++number, whole ? Buffer.concat([...begun, rest]).toString() : undefined]
      from = end + 1
      begun = []
      size = 0
    }
    const rest = chunk.subarray(from)
    size += rest.length
    begun = size <= mostBytes ? [...begun, rest] : []
  }
}
