import type { SeenDirectories } from './mount-files.ts'

/** How the directories of mounts were when they were last looked at. Whoever asks since another time has everything. */
export const createMountLooks = () => {
  const known = new Map<number, { mark: number; directories: SeenDirectories }[]>()
  return {
    async since(
      index: number,
      since: number,
      mark: number,
      pack: (since: number, before: SeenDirectories) => Promise<SeenDirectories>,
    ): Promise<void> {
      const last = known.get(index)?.find(one => one.mark === since)
      const directories = await pack(last ? since : 0, last?.directories ?? new Map())
      // The one before may be asked for again, when this one has broken off on its way.
      known.set(index, [...(last ? [last] : []), { mark, directories }])
    },
  }
}
