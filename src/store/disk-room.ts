import { mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { clock } from '../ground/clock.ts'
import { randomness } from '../ground/randomness.ts'

const mebibyte = 1024 ** 2
/** With less than this the disk counts as full: databases fail before the last byte is taken. */
const leastBytes = 8 * mebibyte
/** With so much it has room again. */
const enoughBytes = 2 * leastBytes
const sliceBytes = 4 * mebibyte
const slices = 8
const lookEveryMs = 1000

/** Room that is kept on the disk of a data directory, so that a server starts, deletes and stops when everything else is taken. */
export interface DiskRoom {
  /** Why nothing new is taken; undefined while there is room. */
  problem(): string | undefined
  /** Throws an error that `isDiskFull` knows while nothing new is taken. */
  requireRoom(): void
  close(): Promise<void>
}

interface Telling {
  full(problem: string): void
  roomAgain(): void
}

/** What is next, by what the disk has left and how many slices are kept. */
export function decideRoom(
  freeBytes: number,
  kept: number,
): 'give a slice' | 'be full' | 'stay' | 'have room' | 'keep a slice' {
  if (freeBytes < leastBytes) return kept > 0 ? 'give a slice' : 'be full'
  // Far enough from what slices alone bring, or it would be full and not full in turns.
  if (freeBytes < enoughBytes) return 'stay'
  return kept < slices && freeBytes >= enoughBytes + sliceBytes ? 'keep a slice' : 'have room'
}

/**
 * Keeps 32 MiB in slices of 4 MiB as files of a directory, and gives up one after another while the disk is full. Slices, since whoever
 * fills a disk takes what is given up at that moment, and then stops. What is given up serves what gives room back: nothing new is taken
 * until the disk has room again.
 */
export function openDiskRoom(directory: string, { full, roomAgain }: Telling): DiskRoom {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  let problem: string | undefined
  /** What slices hold, while there are some to keep: one piece of memory for all of them. */
  let content: Buffer | undefined

  const free = (): number => {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  }

  /** Gives up slices while the disk is full. Says whether one can be kept. */
  function look(): boolean {
    for (;;) {
      const kept = readdirSync(directory)
      const freeBytes = free()
      const step = decideRoom(freeBytes, kept.length)
      if (step === 'stay') return false
      if (step === 'have room' || step === 'keep a slice') {
        tellRoom()
        return step === 'keep a slice'
      }
      tellFull(freeBytes)
      if (step === 'be full') return false
      rmSync(join(directory, kept[0] as string), { force: true })
    }
  }

  /** One slice a look, so that a start waits for none. */
  async function keepSlice(): Promise<void> {
    const kept = readdirSync(directory)
    const name = Array.from({ length: slices }, (_, slice) => String(slice)).find(one => !kept.includes(one))
    if (name === undefined) return
    content ??= randomness.bytes(sliceBytes)
    await writeSlice(join(directory, name), content)
    if (kept.length + 1 >= slices) content = undefined
  }

  function tellFull(freeBytes: number): void {
    if (problem) return
    const left = `${Math.floor(freeBytes / mebibyte)} MiB are free`
    problem = `The disk is full: ${left}. Reads, deletions and stops go on; nothing new is taken.`
    full(problem)
  }

  function tellRoom(): void {
    if (problem) roomAgain()
    problem = undefined
  }

  look()
  let keeping: Promise<void> | undefined
  const looking = clock.every(lookEveryMs, () => {
    if (!look() || keeping) return
    keeping = keepSlice().finally(() => {
      keeping = undefined
    })
  })
  return {
    problem: () => problem,
    requireRoom() {
      // Whoever has just made room need not wait for the next look.
      if (problem) look()
      if (problem) throw Object.assign(new Error(problem), { code: 'ENOSPC' })
    },
    async close() {
      looking[Symbol.dispose]()
      await keeping
    },
  }
}

/** With less than this no database can be opened. */
const openingBytes = mebibyte

/**
 * What a data directory could not be opened for: the error, or in words what to do where its disk is so full that not even a row could be
 * read, as one whose room was never kept. A database is opened by making a file beside it.
 */
export function openingFailure(directory: string, error: unknown): unknown {
  const { bavail, bsize } = statfsSync(directory)
  if (bavail * bsize >= openingBytes || !(error instanceof Error) || !('errcode' in error)) return error
  const what = `The disk of ${directory} is full, so that its database cannot be opened`
  return new Error(`${what}. Make 1 MiB of room on it, then try again: more is not needed to start, and to delete.`)
}

/** Chance, since file systems that compress keep no zeros. One that does not fit is no slice. */
async function writeSlice(path: string, content: Buffer): Promise<void> {
  try {
    await writeFile(path, content, { flush: true, mode: 0o600 })
  } catch {
    await rm(path, { force: true })
  }
}

/** What an operation's name begins with when it reads, gives room back, or ends what runs. */
const goesOn =
  /^(Get|List|Describe|Head|Search|Lookup|Filter|Simulate|BatchCheck|BatchGet|BatchDelete|Delete|Deregister|Untag|Detach|Remove|Abort|Stop|Cancel|Revoke|Retire|Reject|Disable|Schedule|Decrypt|Encrypt|Generate|ReEncrypt|Resolve|Meter|Assume|Invoke|Select|Sign|Verify|Test)/

/** Whether an operation is refused while the disk is full. */
export const takesRoom = (operation: string): boolean => !goesOn.test(operation)
