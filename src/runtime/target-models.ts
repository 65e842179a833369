import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import type { ModelApi, ModelApiAnswer } from '../workload/model-api.ts'
import { connectionWords } from '../workload/plain-words.ts'

/** A model that an invocation has got hold of: it is not unloaded before it is let go. */
export interface UsedModel {
  /** Where the container is asked for it. */
  readonly path: string
  /** How long it was waited for, in milliseconds; undefined when it was there. */
  readonly waitedMs: number | undefined
  letGo(): void
}

/** The models of one instance of a multi-model endpoint. */
export interface TargetModels {
  has(target: string): boolean
  readonly count: number
  /**
   * Loads the model unless it is there, in the place of those that have not been asked for the longest. Throws ModelNotReadyException
   * after a minute, in which case loading goes on; LoadRefused; and ServiceErrors of S3 for one that cannot be fetched.
   */
  use(target: string): Promise<UsedModel>
  /** The container says that it has not got it: it is loaded again when it is next asked for. */
  forget(target: string): void
}

/** The container did not load a model, or not unload one for it; status 0 when it did not answer. */
export class LoadRefused extends Error {
  readonly status: number

  constructor(status: number, words: string) {
    super(words)
    this.status = status
  }
}

/** There is no room on the instance's disk for a model. */
export class NoRoom extends Error {}

export interface TargetModelParts {
  readonly api: ModelApi
  /** A name that is fit for a path, the same for the same model. */
  readonly nameOf: (target: string) => string
  /** Brings the model's files to the instance, if they are not there. Throws NoRoom, and ServiceErrors of S3. */
  readonly fetch: (target: string, name: string) => Promise<void>
  /** Removes them. */
  readonly drop: (name: string) => Promise<void>
  /** Whether a model stays when nobody uses it: `ModelCacheSetting`. */
  readonly keeps: boolean
  /** Of metrics, in milliseconds, and how many models are loaded. */
  readonly report: (
    metric: 'ModelDownloadingTime' | 'ModelLoadingTime' | 'ModelUnloadingTime',
    ms: number,
    count: number,
  ) => void
}

interface Entry {
  readonly target: string
  readonly name: string
  readonly ready: Promise<void>
  isReady: boolean
  users: number
}

/** Source: SageMaker Runtime API reference, ModelNotReadyException. */
const readyWithinMs = 60_000
const outOfMemory = 507
const isLoaded = 409

export function createTargetModels({ api, nameOf, fetch, drop, keeps, report }: TargetModelParts): TargetModels {
  /** Those not asked for the longest first: a stranger may name thousands, and each eviction looks for one. */
  const entries = new Map<string, Entry>()
  /** Names of models that the container says it has lost: their files are there until somebody needs the room. */
  const lost = new Set<string>()

  function begin(target: string): Entry {
    const name = nameOf(target)
    lost.delete(name)
    const entry: Entry = {
      ...{ target, name, isReady: false, users: 0 },
      ready: load(target, name).then(
        () => {
          entry.isReady = true
          if (!entries.has(target)) lost.add(name)
        },
        error => {
          if (entries.get(target) === entry) entries.delete(target)
          throw error
        },
      ),
    }
    entries.set(target, entry)
    // Whoever waits hears it; when nobody does any more, the next who asks loads anew.
    entry.ready.catch(() => {})
    return entry
  }

  async function load(target: string, name: string): Promise<void> {
    await timed('ModelDownloadingTime', () => withRoom(() => fetch(target, name)))
    try {
      for (;;) {
        const { status, words } = await timed('ModelLoadingTime', () => answer(api.load(name, target)))
        if ((status >= 200 && status < 300) || status === isLoaded) return
        if (status !== outOfMemory || !(await evict())) throw new LoadRefused(status, words)
      }
    } catch (error) {
      // Whatever the container says or does not say: nobody would look for them again.
      await drop(name)
      throw error
    }
  }

  async function withRoom(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof NoRoom)) throw error
        if (!(await evict())) throw new LoadRefused(outOfMemory, error.message)
      }
    }
  }

  /** Unloads the model that nobody uses and that has not been used for the longest; false when there is none. */
  async function evict(): Promise<boolean> {
    const [name] = lost
    if (name !== undefined) {
      lost.delete(name)
      await drop(name)
      return true
    }
    const oldest = entries.values().find(({ isReady, users }) => isReady && users === 0)
    if (!oldest) return false
    await unload(oldest)
    return true
  }

  async function unload({ target, name }: Entry): Promise<void> {
    entries.delete(target)
    const { status, words } = await timed('ModelUnloadingTime', () => answer(api.unload(name, target)))
    await drop(name)
    // One that it does not know is as good as unloaded.
    if (status >= 300 && status !== 404) throw new LoadRefused(status, words)
  }

  async function timed<T>(metric: Parameters<TargetModelParts['report']>[0], work: () => Promise<T>): Promise<T> {
    const began = clock.elapsed()
    const result = await work()
    report(metric, clock.elapsed() - began, entries.size)
    return result
  }

  async function wait({ ready, target }: Entry): Promise<void> {
    const late = Promise.withResolvers<never>()
    using _ = clock.after(readyWithinMs, () => late.reject(notReady(target)))
    await Promise.race([ready, late.promise])
  }

  return {
    has: target => entries.has(target),
    get count() {
      return entries.size
    },
    async use(target) {
      const began = clock.elapsed()
      const there = entries.get(target)
      const entry = there ?? begin(target)
      const wasReady = entry.isReady
      entry.users++
      entries.delete(target)
      entries.set(target, entry)
      const letGo = () => {
        if (--entry.users > 0 || keeps || !entry.isReady || entries.get(target) !== entry) return
        // What it says to that is nothing to whoever was answered.
        unload(entry).catch(() => {})
      }
      try {
        await wait(entry)
      } catch (error) {
        letGo()
        throw error
      }
      return { path: `/models/${entry.name}/invoke`, waitedMs: wasReady ? undefined : clock.elapsed() - began, letGo }
    },
    forget(target) {
      const entry = entries.get(target)
      if (entry?.isReady) lost.add(entry.name)
      entries.delete(target)
    },
  }
}

const answer = (asked: Promise<ModelApiAnswer>): Promise<ModelApiAnswer> =>
  asked.catch(error => {
    throw new LoadRefused(0, `The container did not answer (${connectionWords(error)})`)
  })

const notReady = (target: string) =>
  new ServiceError('ModelNotReadyException', `The model ${target} is still being loaded. Ask again in a while.`, {
    status: 429,
  })
