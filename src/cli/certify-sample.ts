/** Records that stand below one another and may be repeated. */
const byLine = /^(text\/(csv|plain|libsvm)|application\/(x-)?(jsonlines|ndjson))/

/**
 * A body of a content type, made as large as may be out of a small one: lines are repeated, JSON is followed by spaces. Undefined for a
 * type that only its owner knows how to enlarge.
 */
export function enlarged(sample: Buffer, contentType: string, bytes: number): Buffer | undefined {
  if (sample.byteLength === 0 || sample.byteLength > bytes) return undefined
  if (/^application\/json\b/.test(contentType))
    return Buffer.concat([sample, Buffer.alloc(bytes - sample.byteLength, ' ')])
  if (!byLine.test(contentType)) return undefined
  const line = sample.at(-1) === 0x0a ? sample : Buffer.concat([sample, Buffer.from('\n')])
  const count = Math.floor(bytes / line.byteLength)
  return count === 0 ? sample : Buffer.concat(Array(count).fill(line))
}
