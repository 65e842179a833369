import { type ArchiveInput, createArchiveInput } from '../ground/archive-input.ts'
import { type Region, regionsOfContent, regionsOfHeader, requireRegions, unreadable } from '../ground/sparse-regions.ts'
import { block, extendedHeader, numberAt, padded, plainHeader, recordsOf } from '../ground/tar-block.ts'

/** Longer extended headers are passed on as they are: they hold no map of holes. */
const mostRecords = 1 << 20
const zeros = Buffer.alloc(1 << 16)

/**
 * A tar archive with its sparse files written out: what follows reads plain members alone. GNU tar's own form and version 1.0 of its
 * form in extended headers, which BSD tar writes for every file with holes. Throws an Error that names the member where a map of holes
 * is none. Source: GNU tar manual, "Storing Sparse Files"; libarchive, tar(5).
 */
export async function* denseTar(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = createArchiveInput(archive)
  let records: ReadonlyMap<string, string> = new Map()
  for (;;) {
    const header = await input.take(block)
    if (header.length < block) return yield header
    const type = String.fromCharCode(header[156] ?? 0)
    const size = Number(records.get('size') ?? numberAt(header, 124, 12))
    if (type === 'x' && size <= mostRecords) {
      const body = await input.take(padded(size))
      records = recordsOf(body.subarray(0, size))
      yield isSparse(records) ? extendedHeader(header, plainRecords(records)) : Buffer.concat([header, body])
      continue
    }
    const isNamed = type !== 'L' && type !== 'K' && type !== 'g'
    if (type === 'S') yield* dense(input, header, await regionsOfHeader(input, header), numberAt(header, 483, 12))
    else if (isNamed && isSparse(records)) yield* denseOfRecords(input, header, size, records)
    else {
      yield header
      yield* input.pass(padded(size))
    }
    if (isNamed) records = new Map()
  }
}

/** Other versions are passed on, for whoever reads them to refuse. */
const isSparse = (records: ReadonlyMap<string, string>): boolean => records.get('GNU.sparse.major') === '1'

function plainRecords(records: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const kept = new Map([...records].filter(([key]) => !key.startsWith('GNU.sparse.')))
  const name = records.get('GNU.sparse.name')
  if (name !== undefined) kept.set('path', name)
  return kept.set('size', records.get('GNU.sparse.realsize') ?? '')
}

async function* denseOfRecords(
  input: ArchiveInput,
  header: Buffer,
  size: number,
  records: ReadonlyMap<string, string>,
): AsyncGenerator<Buffer> {
  const before = input.taken()
  const regions = await regionsOfContent(input, header)
  if (input.taken() - before + padded(storedIn(regions)) !== padded(size)) throw unreadable(header)
  yield* dense(input, header, regions, Number(records.get('GNU.sparse.realsize')))
}

/** The member as a plain one: its header, what is stored of it, and zeros for the rest. */
async function* dense(
  input: ArchiveInput,
  header: Buffer,
  regions: readonly Region[],
  size: number,
): AsyncGenerator<Buffer> {
  requireRegions(regions, size, header)
  yield plainHeader(header, size)
  let written = 0
  for (const [offset, length] of regions) {
    yield* zerosOf(offset - written)
    yield* input.pass(length)
    written = offset + length
  }
  yield* zerosOf(padded(size) - written)
  const stored = storedIn(regions)
  await input.take(padded(stored) - stored)
}

const storedIn = (regions: readonly Region[]): number => regions.reduce((sum, [, length]) => sum + length, 0)

function* zerosOf(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= zeros.length) yield zeros.subarray(0, Math.min(left, zeros.length))
}
