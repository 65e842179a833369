import { posix } from 'node:path'
import { mostBytesOf } from './files-of-interest.ts'
import type { LayerChanges, LayerEntry } from './layer-changes.ts'
import { UnreadableLayer } from './unreadable-layer.ts'

/** What stands at a path: `other` is something whose content is not at hand. Directories are not kept; they show by what is in them. */
export type ImageFile =
  | { readonly kind: 'file'; readonly content: Buffer; readonly layer: string }
  | { readonly kind: 'link'; readonly target: string; readonly layer: string }
  | { readonly kind: 'other'; readonly layer: string }

/** The files of interest as a container would see them. */
export interface ImageFiles {
  /** Puts a layer on top. Throws UnreadableLayer when its links take too long to follow. */
  apply(changes: LayerChanges, layer: string): void
  /** Follows links as the kernel does inside the container. Undefined when there is nothing, or the links lead in circles or to a file that is not of interest. */
  find(path: string): Exclude<ImageFile, { kind: 'link' }> | undefined
  /** The files in a directory, in order of their names. */
  list(directory: string): ImageFile[]
}

const mostLinks = 40
const longestLink = 1024
/** Directories below each other; what is read of an image lies no deeper than five, wherever links lead. */
const mostDepth = 64
/** Of all paths of an image that are followed: a hostile one has links that lead through each other for each of its files. */
const mostSteps = 1_000_000

export function createImageFiles(): ImageFiles {
  const files = new Map<string, ImageFile>()
  let steps = 0

  function resolve(path: string): string | undefined {
    const reached: string[] = []
    const ahead = path.split('/').reverse()
    for (let links = 0; ahead.length > 0; ) {
      if (++steps > mostSteps) throw new UnreadableLayer(`its links take more than ${mostSteps} steps to follow`)
      if (reached.length > mostDepth) return undefined
      const part = ahead.pop() as string
      if (part === '..') reached.pop()
      else if (part !== '' && part !== '.') reached.push(part)
      const file = files.get(reached.join('/'))
      if (part === '..' || file?.kind !== 'link') continue
      if (++links > mostLinks) return undefined
      reached.pop()
      if (file.target.startsWith('/')) reached.length = 0
      ahead.push(...file.target.split('/').reverse())
    }
    return reached.join('/')
  }

  function hide({ removed, emptied }: LayerChanges): void {
    if (removed.size + emptied.size === 0) return
    for (const path of [...files.keys()])
      if (removed.has(path) || above(path).some(directory => removed.has(directory) || emptied.has(directory)))
        files.delete(path)
  }

  function put(entry: LayerEntry, layer: string): void {
    const parent = resolve(posix.dirname(entry.path))
    if (parent === undefined) return
    const path = posix.join(parent, posix.basename(entry.path))
    if (entry.type === 'directory') {
      files.delete(path)
      return
    }
    // A file that is read has nothing below it; where a directory was expected, its content is gone now.
    if (mostBytesOf(entry.path) === 0)
      for (const below of [...files.keys()]) if (below.startsWith(`${path}/`)) files.delete(below)
    files.set(path, fileOf(entry, layer))
  }

  function fileOf({ type, link, content }: LayerEntry, layer: string): ImageFile {
    if (type === 'file' && content) return { kind: 'file', content, layer }
    if (type === 'link' && link.length <= longestLink) return { kind: 'link', target: link, layer }
    const linked = type === 'hard-link' ? files.get(resolve(posix.normalize(link)) ?? '') : undefined
    return linked ? { ...linked, layer } : { kind: 'other', layer }
  }

  return {
    apply(changes, layer) {
      hide(changes)
      for (const entry of changes.entries) put(entry, layer)
    },
    find(path) {
      const file = files.get(resolve(path) ?? '')
      return file?.kind === 'link' ? undefined : file
    },
    list(directory) {
      const inside = `${resolve(directory) ?? directory}/`
      const names = [...files.keys()].filter(path => path.startsWith(inside)).sort()
      return names.map(path => files.get(path) as ImageFile)
    },
  }
}

/** The directories that a file is in, from the root. */
function above(path: string): string[] {
  const parts = path.split('/')
  return parts.map((_, depth) => parts.slice(0, depth).join('/'))
}
