import { clock } from '../ground/clock.ts'
import { ServiceError } from '../ground/errors.ts'
import type { Objects } from '../service/objects.ts'
import type { Principal } from '../service/principal.ts'
import { type Synced, syncedCheckpoints, uploadCheckpoints } from './checkpoint.ts'

export interface CheckpointHost {
  readonly uri: string
  /** Host directory that the container sees as its checkpoint directory. */
  readonly directory: string
  /** As whom to read and write; asked for at each pass, since leave may change while a job runs. */
  readonly principal: () => Promise<Principal>
}

/** Carries checkpoints to the store while containers run; what was uploaded is asked of the store, so that a restart goes on. */
export interface CheckpointSyncs {
  /** Uploads changes every few seconds. Asked again, it goes on. */
  follow(id: string, host: CheckpointHost): void
  /** The last pass, for containers that have ended. Throws what it could not write. */
  finish(id: string, host: CheckpointHost): Promise<void>
  /** No more passes. */
  end(id: string): Promise<void>
  stop(): Promise<void>
}

const periodMs = 3000

export function createCheckpointSyncs(
  objects: Objects,
  onRefusal: (error: unknown, host: CheckpointHost) => void,
): CheckpointSyncs {
  const syncs = new Map<string, { abort: AbortController; running: Promise<void>; synced: Synced | undefined }>()

  async function pass(sync: { synced: Synced | undefined }, host: CheckpointHost): Promise<void> {
    const as = await host.principal()
    sync.synced ??= await syncedCheckpoints(objects, as, host.uri)
    await uploadCheckpoints(objects, as, host.uri, host.directory, sync.synced)
  }

  async function end(id: string): Promise<{ synced: Synced | undefined }> {
    const sync = syncs.get(id)
    sync?.abort.abort()
    await sync?.running
    syncs.delete(id)
    return { synced: sync?.synced }
  }

  return {
    follow(id, host) {
      if (syncs.has(id)) return
      const abort = new AbortController()
      const sync = { abort, running: Promise.resolve(), synced: undefined as Synced | undefined }
      syncs.set(id, sync)
      const run = async () => {
        while (!abort.signal.aborted) {
          await pass(sync, host).catch(error => onRefusal(error, host))
          await clock.sleep(periodMs, abort.signal).catch(() => {})
        }
      }
      sync.running = run()
    },
    async finish(id, host) {
      try {
        await pass(await end(id), host)
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error
        throw new ServiceError(error.code, `The checkpoints could not be written to ${host.uri}: ${error.message}`)
      }
    },
    end: async id => void (await end(id)),
    async stop() {
      for (const id of [...syncs.keys()]) await end(id)
    },
  }
}
