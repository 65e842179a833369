import { type ArchiveInput, createArchiveInput } from '../../ground/archive-input.ts'
import { type Region, regionsOfHeader, requireRegions } from '../../ground/sparse-regions.ts'
import { block, numberAt, padded } from '../../ground/tar-block.ts'
import { FilesRefused, type OwnTree } from './own-tree.ts'

/** Of one archive. */
export interface TakenLimits {
  readonly entries: number
  /** That are stored; holes are none. */
  readonly bytes: number
  /** The one thing that may come. */
  readonly only?: string
}

/** What GNU tar fills its last record up to is less. */
const MOST_AFTER_END = 1 << 20
/** Inside one another. */
const MOST_DIRECTORIES = 256
/** Of one name; GNU tar writes longer ones than `PATH_MAX` for nobody. */
const LONGEST_NAME_BYTES = 4096

interface Member {
  readonly header: Buffer
  readonly type: string
  readonly path: readonly string[]
  readonly target: Buffer
  readonly size: number
}

/**
 * Puts the members of an archive in GNU tar's own form, as `packChanges` makes it, into a tree. It may have been made by somebody else: what
 * no such archive holds is refused with FilesRefused, and one that breaks off with another Error. Files stay as sparse as they come.
 * Source: GNU tar manual, "Basic Tar Format".
 */
export const takeFiles = async (
  archive: AsyncIterable<Buffer>,
  tree: OwnTree,
  { entries, bytes, only }: TakenLimits,
): Promise<void> => {
  const input = createArchiveInput(archive)
  let [seen, stored] = [0, 0]
  for await (const member of membersOf(input)) {
    if (++seen > entries) throw new FilesRefused(`they are more than ${entries} files and directories`)
    stored += member.size
    if (stored > bytes) throw new FilesRefused(`they hold more than ${bytes} bytes`)
    if (only !== undefined && (member.path.length !== 1 || member.path[0] !== only))
      throw new FilesRefused(`${told(member.path)} would be elsewhere`)
    await takeMember(input, tree, member)
  }
  const rest = await input.take(MOST_AFTER_END)
  if (rest.length === MOST_AFTER_END) throw new FilesRefused('they do not end')
}

const takeMember = async (input: ArchiveInput, tree: OwnTree, member: Member): Promise<void> => {
  const { header, type, path, size } = member
  const owner = ownerOf(header)
  if (path.length > MOST_DIRECTORIES)
    throw new FilesRefused(`${told(path)} is in more than ${MOST_DIRECTORIES} directories inside one another`)
  if (path.length === 0 && type !== '5') throw new FilesRefused('one has no name')
  if (type === '5') return tree.directory(path, owner)
  if (type === '2') return tree.link(path, member.target, owner)
  if (type === '1') return tree.sameAs(path, pathOf(member.target))
  if (type === '0') return tree.file(path, owner, { size, content: contentOf(input, [[0, size]], size) })
  if (type !== 'S') throw new FilesRefused(`${told(path)} is of the kind ${JSON.stringify(type)}`)
  const whole = numberIn(header, 483, 12)
  const regions = await regionsIn(input, header, whole)
  if (regions.reduce((sum, [, length]) => sum + length, 0) !== size)
    throw new FilesRefused(`${told(path)} is not as long as it says`)
  return tree.file(path, owner, { size: whole, content: contentOf(input, regions, size) })
}

const regionsIn = async (input: ArchiveInput, header: Buffer, whole: number): Promise<readonly Region[]> => {
  try {
    const regions = await regionsOfHeader(input, header)
    requireRegions(regions, whole, header)
    return regions
  } catch (error) {
    if ((await input.take(block)).length < block) throw brokenOff()
    throw new FilesRefused((error as Error).message)
  }
}

/** Each with its long names read; ends at the mark of the archive's end, and throws where there is none. */
const membersOf = async function* (input: ArchiveInput): AsyncGenerator<Member> {
  let [name, target] = [undefined as Buffer | undefined, undefined as Buffer | undefined]
  for (;;) {
    const header = await input.take(block)
    if (header.length < block) throw brokenOff()
    if (header.every(byte => byte === 0)) return
    requireSum(header)
    const type = header[156] === 0 ? '0' : String.fromCharCode(header[156] as number)
    const size = numberIn(header, 124, 12)
    if (type === 'L' || type === 'K') {
      const text = await longText(input, size)
      if (type === 'L') name = text
      else target = text
      continue
    }
    yield {
      ...{ header, type, size: type === '0' || type === 'S' ? size : 0 },
      path: pathOf(name ?? textIn(header, 0)),
      target: target ?? textIn(header, 157),
    }
    name = undefined
    target = undefined
  }
}

const longText = async (input: ArchiveInput, size: number): Promise<Buffer> => {
  if (size > LONGEST_NAME_BYTES + 1) throw new FilesRefused(`one has a name of ${size} bytes`)
  const text = await input.take(padded(size))
  if (text.length < padded(size)) throw brokenOff()
  return beforeZero(text.subarray(0, size))
}

const beforeZero = (bytes: Buffer): Buffer => (bytes.includes(0) ? bytes.subarray(0, bytes.indexOf(0)) : bytes)
const textIn = (header: Buffer, at: number): Buffer => beforeZero(header.subarray(at, at + 100))

/** Source: as above; the sum is made with spaces in its own place. */
const requireSum = (header: Buffer): void => {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0)
  if (numberAt(header, 148, 8) !== sum) throw new FilesRefused('they are no archive')
}

/** Of names below the root, and of nothing else; none is the root itself. */
const pathOf = (name: Buffer): string[] => {
  const text = name.toString()
  if (!Buffer.from(text).equals(name)) throw new FilesRefused('one has a name that is no UTF-8')
  const path = text.split('/').filter(part => part !== '.' && part !== '')
  if (text.startsWith('/') || path.includes('..')) throw new FilesRefused(`${told(path)} would be elsewhere`)
  return path
}

const told = (path: readonly string[]): string => JSON.stringify(path.join('/').slice(0, 200))

const ownerOf = (header: Buffer) => ({
  mode: numberIn(header, 100, 8),
  uid: numberIn(header, 108, 8),
  gid: numberIn(header, 116, 8),
  // Before 1970.
  seconds: header[136] === 0xff ? 0 : numberIn(header, 136, 12),
})

const numberIn = (header: Buffer, at: number, length: number): number => {
  const number = numberAt(header, at, length)
  if (!Number.isSafeInteger(number) || number < 0) throw new FilesRefused('a number of theirs is none')
  return number
}

const brokenOff = (): Error => new Error('the archive has broken off')

const contentOf = async function* (
  input: ArchiveInput,
  regions: readonly Region[],
  size: number,
): AsyncGenerator<{ at: number; bytes: Buffer }> {
  for (const [offset, length] of regions) {
    let at = offset
    for await (const bytes of input.pass(length)) {
      yield { at, bytes }
      at += bytes.length
    }
    if (at < offset + length) throw brokenOff()
  }
  await input.take(padded(size) - size)
}
