import { statfs } from 'node:fs/promises'
import type { EngineClient } from './engine-client.ts'
import { at } from './engine-path.ts'
import { IMAGE_PREFIX } from './image-load.ts'

/** An image that nothing uses stays so long for the next job, and less when the engine's disk is short of room. */
const KEPT_MS = 3_600_000
const KEPT_SHORT_MS = 300_000
const LEAST_FREE = 0.15

interface ListedImage {
  readonly Id: string
  readonly RepoTags: readonly string[] | null
}

export interface ImageCollection {
  /** The image is needed now. */
  use(reference: string): void
  /** Removes images of ours that nothing has used for a while, of any server on this engine: what is missed is loaded again. */
  collect(): Promise<void>
}

/** Images leave an engine here: nothing else removes what servers have brought there. `now` in milliseconds. */
export const createImageCollection = (client: EngineClient, now: () => number = Date.now): ImageCollection => {
  const lastUse = new Map<string, number>()

  const isShort = async (): Promise<boolean> => {
    const { body } = await client.call<{ DockerRootDir?: string }>('GET', at`/info`)
    const disk = body.DockerRootDir && (await statfs(body.DockerRootDir).catch(() => undefined))
    return disk ? disk.bavail < disk.blocks * LEAST_FREE : false
  }

  return {
    use: reference => void lastUse.set(reference, now()),
    async collect() {
      const [images, containers] = await Promise.all([
        client.call<ListedImage[]>('GET', at`/images/json`),
        client.call<{ ImageID: string }[]>('GET', at`/containers/json`, { query: { all: true } }),
      ])
      const used = new Set(containers.body.map(({ ImageID }) => bare(ImageID)))
      const kept = (await isShort()) ? KEPT_SHORT_MS : KEPT_MS
      for (const { Id, RepoTags } of images.body)
        for (const reference of RepoTags ?? []) {
          if (!reference.startsWith(IMAGE_PREFIX)) continue
          if (used.has(bare(Id)) || !lastUse.has(reference)) lastUse.set(reference, now())
          if (now() - (lastUse.get(reference) as number) < kept) continue
          // Somebody may have begun to use it at this moment: then the engine refuses.
          await client.call('DELETE', at`/images/${reference}`, { accept: [404, 409] })
          lastUse.delete(reference)
        }
    },
  }
}

const bare = (id: string): string => id.replace(/^sha256:/, '')
