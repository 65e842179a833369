import { runCommand } from '../ground/command.ts'
import { exists } from '../ground/exists.ts'
import { LABEL } from './container-identity.ts'
import type { InspectedContainer } from './container-state.ts'
import type { EngineClient } from './engine-client.ts'
import { at } from './engine-path.ts'

/** How long a container is left alone after each look, at least; a look that takes long is paid for with ten times its time. */
const LOOK_MS = 2000
const REST_PER_LOOK = 10
const LONGEST_LOOK_MS = 60_000
/** As the engine numbers the end of a container that it has killed. */
const KILLED = 137

export interface DiskWatch {
  /** Looks at a container from now on, as long as it runs, and kills it when it has written more than its label allows. */
  follow(container: InspectedContainer): void
  /** The bytes that an ended container was allowed to write outside its mounts, when it was killed having written more. */
  exceeded(container: InspectedContainer): Promise<number | undefined>
  close(): void
}

/**
 * Bounds what containers write to their own layer by looking at it: engines bound it only on file systems made for that (overlay2 on
 * xfs with project quotas), and give no reason then. The limit is a label, and what an ended container has left is looked at once
 * more, so a server that is started anew knows both.
 */
export const createDiskWatch = (client: EngineClient, onError: (error: Error) => void): DiskWatch => {
  const timers = new Map<string, NodeJS.Timeout>()

  const written = async ({ Id, GraphDriver }: InspectedContainer): Promise<number> => {
    const layer = GraphDriver?.Data?.UpperDir
    if (layer && (await exists(layer))) return diskUse(layer)
    const query = { size: true }
    const { status, body } = await client.call<{ SizeRw?: number }>('GET', at`/containers/${Id}/json`, {
      ...{ query, accept: [404] },
    })
    return status === 404 ? 0 : (body.SizeRw ?? 0)
  }

  const look = async (container: InspectedContainer, limit: number): Promise<void> => {
    const { Id } = container
    const began = performance.now()
    if ((await written(container)) > limit) {
      await client.call('POST', at`/containers/${Id}/kill`, { query: { signal: 'SIGKILL' }, accept: [404, 409] })
      return void timers.delete(Id)
    }
    const { status, body } = await client.call<InspectedContainer>('GET', at`/containers/${Id}/json`, { accept: [404] })
    if (status === 404 || !body.State.Running || !timers.has(Id)) return void timers.delete(Id)
    again(container, limit, Math.max(LOOK_MS, (performance.now() - began) * REST_PER_LOOK))
  }

  const again = (container: InspectedContainer, limit: number, ms: number): void => {
    const next = () =>
      look(container, limit).catch(error => {
        // An engine that is away runs on without being looked at no longer than it must.
        if (!timers.has(container.Id)) return
        onError(error)
        again(container, limit, LOOK_MS)
      })
    timers.set(container.Id, setTimeout(next, ms).unref())
  }

  return {
    follow(container) {
      const limit = limitOf(container)
      if (limit !== undefined && !timers.has(container.Id)) again(container, limit, LOOK_MS)
    },
    async exceeded(container) {
      const limit = limitOf(container)
      if (limit === undefined || container.State.ExitCode !== KILLED) return undefined
      return (await written(container)) > limit ? limit : undefined
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
      timers.clear()
    },
  }
}

const limitOf = ({ Config: { Labels } }: InspectedContainer): number | undefined => {
  const label = Labels?.[LABEL.disk]
  return label === undefined ? undefined : Number(label)
}

/** Bytes on the disk: holes of sparse files take none. Files that vanish meanwhile make du fail, but not its sum. */
const diskUse = async (directory: string): Promise<number> => {
  const words = ['--summarize', '--one-file-system', '--block-size=1', '--', directory]
  const told = await runCommand('du', words, { timeout: LONGEST_LOOK_MS }).catch(error => error)
  const bytes = Number.parseInt(told.stdout, 10)
  if (Number.isNaN(bytes)) throw new Error(`du told no size of ${directory}`, { cause: told })
  return bytes
}
