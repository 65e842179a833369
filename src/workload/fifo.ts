import { constants, open } from 'node:fs'
import { Socket } from 'node:net'
import { promisify } from 'node:util'
import { clock } from '../ground/clock.ts'
import { runCommand } from '../ground/command.ts'

/** The writing end of a named pipe that somebody reads. */
export interface FifoWriter {
  /** Takes the bytes, waiting while the reader is behind. False once the reader has closed. */
  write(bytes: Uint8Array): Promise<boolean>
  /** The reader has been handed every byte, as far as it goes on reading. */
  flushed(): Promise<void>
  /** The reader reads what is left and then the end. */
  close(): void
}

const longestPauseMs = 100

/** Makes a named pipe that any user may read. */
export async function makeFifo(path: string): Promise<void> {
  // Node has no call of its own for it.
  await runCommand('mkfifo', ['--mode=644', path])
}

/** Waits until somebody opens the pipe to read. Throws the signal's reason when that comes first. */
export async function openFifo(path: string, signal: AbortSignal): Promise<FifoWriter> {
  for (let pause = 2; ; pause = Math.min(pause * 2, longestPauseMs)) {
    signal.throwIfAborted()
    const fd = await openIfRead(path)
    if (fd !== undefined) return writer(fd)
    await clock.sleep(pause, signal)
  }
}

/** The kernel refuses to open a pipe for writing without waiting while nobody reads it. */
async function openIfRead(path: string): Promise<number | undefined> {
  try {
    // A bare number, since the socket will be its one owner.
    return await promisify(open)(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return undefined
    throw error
  }
}

function writer(fd: number): FifoWriter {
  // Through the event loop: a write that waits for a slow reader would otherwise hold one of the few threads for files.
  const socket = new Socket({ fd, readable: false, writable: true })
  let closed = false
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const resolve of waiting) resolve()
    waiting.clear()
  }
  socket.on('error', () => {
    closed = true
  })
  socket.on('close', () => {
    closed = true
    wake()
  })
  socket.on('drain', wake)
  const drained = () => new Promise<void>(resolve => waiting.add(resolve))
  return {
    async write(bytes) {
      if (!closed && !socket.write(bytes)) await drained()
      return !closed
    },
    async flushed() {
      while (!closed && socket.writableLength > 0) await drained()
    },
    close: () => void socket.destroy(),
  }
}
