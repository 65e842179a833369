import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFifo, openFifo } from './fifo.ts'
import type { PipeSource, Shard } from './pipe-source.ts'

/** One channel's pipes on one host. */
export interface PipeFeed {
  readonly channel: string
  readonly source: PipeSource
  readonly shard: Shard
  /** The host's `/opt/ml/input/data`. */
  readonly directory: string
}

/**
 * Streams channels through named pipes while containers run. It lives with this process: pipes break with it, the reader takes that
 * for the end of its data, and nobody can tell later how far it had come. So an attempt whose feeds are gone is void: `feeds` tells.
 */
export interface PipeFeeds {
  /**
   * Makes the pipes of epoch 0 and streams to whoever opens them. `id` names the attempt; `onFailure` hears of the first error. `sources` are
   * disposed of when the feeds end, and when they cannot begin.
   */
  begin(id: string, feeds: readonly PipeFeed[], sources: AsyncDisposable, onFailure: () => void): Promise<void>
  /** False when this process has never begun the attempt's feeds, or has ended them. */
  feeds(id: string): boolean
  /** The first error, with the channel in its message; undefined while all goes well. */
  failure(id: string): Error | undefined
  /** Ends the feeds; readers see the end of their data. No error when there are none. */
  end(id: string): Promise<void>
  stop(): Promise<void>
}

interface Attempt {
  readonly abort: AbortController
  readonly sources: AsyncDisposable
  running: Promise<unknown>
  failure: Error | undefined
}

export function createPipeFeeds(): PipeFeeds {
  const attempts = new Map<string, Attempt>()

  async function end(id: string): Promise<void> {
    const attempt = attempts.get(id)
    if (!attempt) return
    attempt.abort.abort()
    await attempt.running
    await attempt.sources[Symbol.asyncDispose]()
    attempts.delete(id)
  }

  return {
    async begin(id, feeds, sources, onFailure) {
      await using unused = new AsyncDisposableStack()
      unused.use(sources)
      await end(id)
      for (const feed of feeds) await makeFifo(pipePath(feed, 0))
      unused.move()
      const abort = new AbortController()
      const attempt: Attempt = { abort, sources, running: Promise.resolve(), failure: undefined }
      attempts.set(id, attempt)
      const run = async (feed: PipeFeed) => {
        try {
          await runFeed(feed, abort.signal)
        } catch (error) {
          if (abort.signal.aborted || attempt.failure) return
          attempt.failure = error as Error
          onFailure()
        }
      }
      attempt.running = Promise.all(feeds.map(run))
    },
    feeds: id => attempts.has(id),
    failure: id => attempts.get(id)?.failure,
    end,
    async stop() {
      for (const id of [...attempts.keys()]) await end(id)
    },
  }
}

const pipePath = ({ directory, channel }: PipeFeed, epoch: number): string => join(directory, `${channel}_${epoch}`)

/** Epoch after epoch, until the signal. Source: SageMaker Developer Guide, "Access Training Data", Pipe mode. */
async function runFeed(feed: PipeFeed, signal: AbortSignal): Promise<void> {
  for (let epoch = 0; ; epoch++) {
    const path = pipePath(feed, epoch)
    const pipe = await openFifo(path, signal)
    const closing = () => pipe.close()
    signal.addEventListener('abort', closing)
    try {
      // On an error the pipe stays open until the signal: its end would look like the end of the data.
      for await (const chunk of feed.source.epoch(epoch, feed.shard)) if (!(await pipe.write(chunk))) break
      await pipe.flushed()
    } catch (error) {
      throw Object.assign(error as Error, { message: `Channel "${feed.channel}": ${(error as Error).message}` })
    }
    // The next pipe is there before this one ends, for a reader that goes on at once.
    if (!signal.aborted) await makeFifo(pipePath(feed, epoch + 1))
    pipe.close()
    signal.removeEventListener('abort', closing)
    await rm(path, { force: true })
  }
}
