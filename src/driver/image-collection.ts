import { statfs } from 'node:fs/promises'
import type { EngineClient } from './engine-client.ts'
import { at } from './engine-path.ts'
import { IMAGE_PREFIX } from './image-load.ts'

/** An image that nothing uses stays so long for the next job, and less when the engine's disk is short of room. */
const KEPT_MS = 3_600_000
const KEPT_SHORT_MS = 300_000
const LEAST_FREE = 0.15

/** What `setup/images.mjs` writes onto every image that it builds, and how the tags begin that nothing reads but the builder's cache. */
const BUILT_LABEL = 'modelmart.built'
const BUILT_TAG = /^(localhost\/)?modelmart-(certify|export|examples|notebook)\b/

interface ListedImage {
  readonly Id: string
  readonly RepoTags: readonly string[] | null
  readonly Labels?: Readonly<Record<string, string>> | null
}

export interface ImageCollection {
  /** The image is needed now. */
  use(reference: string): void
  /**
   * Removes images of ours that nothing has used for a while, of any server on this engine: what is missed is loaded again. Of what was built
   * to be certified those that another build has taken the tag from, and while the disk is short of room the others too.
   */
  collect(): Promise<void>
}

/** Images leave an engine here: nothing else removes what servers have brought there. `now` in milliseconds. */
export const createImageCollection = (
  client: EngineClient,
  now: () => number = Date.now,
  isShort: () => Promise<boolean> = () => isDiskShort(client),
): ImageCollection => {
  const lastUse = new Map<string, number>()

  return {
    use: reference => void lastUse.set(reference, now()),
    async collect() {
      const [images, containers, short] = await Promise.all([
        client.call<ListedImage[]>('GET', at`/images/json`),
        client.call<{ ImageID: string }[]>('GET', at`/containers/json`, { query: { all: true } }),
        isShort(),
      ])
      const used = new Set(containers.body.map(({ ImageID }) => bare(ImageID)))
      const kept = short ? KEPT_SHORT_MS : KEPT_MS
      for (const image of images.body)
        for (const { reference, key } of removable(image, short)) {
          if (used.has(bare(image.Id)) || !lastUse.has(key)) lastUse.set(key, now())
          if (now() - (lastUse.get(key) as number) < kept) continue
          // Somebody may have begun to use it at this moment: then the engine refuses.
          await client.call('DELETE', at`/images/${reference}`, { accept: [404, 409] })
          lastUse.delete(key)
        }
    },
  }
}

/** By which names it may be removed, each with what its last use is known by: a tag may be another image's by the next look. */
function removable({ Id, RepoTags, Labels }: ListedImage, short: boolean): { reference: string; key: string }[] {
  const tags = (RepoTags ?? []).filter(tag => !tag.startsWith('<none>'))
  if (tags.length === 0) return Labels && BUILT_LABEL in Labels ? [{ reference: Id, key: Id }] : []
  return tags.flatMap(tag => {
    if (tag.startsWith(IMAGE_PREFIX)) return [{ reference: tag, key: tag }]
    return short && BUILT_TAG.test(tag) ? [{ reference: tag, key: `${tag} ${Id}` }] : []
  })
}

async function isDiskShort(client: EngineClient): Promise<boolean> {
  const { body } = await client.call<{ DockerRootDir?: string }>('GET', at`/info`)
  const disk = body.DockerRootDir && (await statfs(body.DockerRootDir).catch(() => undefined))
  return disk ? disk.bavail < disk.blocks * LEAST_FREE : false
}

const bare = (id: string): string => id.replace(/^sha256:/, '')
