import { posix } from 'node:path'
import type { ImageBlob } from '../driver/driver.ts'
import { isOfInterest, mostBytesOf } from './files-of-interest.ts'
import { unpackedLayer } from './layer-stream.ts'
import type { ScanBudget } from './scan-budget.ts'
import { readTar, type TarEntry } from './tar-reader.ts'
import { UnreadableLayer } from './unreadable-layer.ts'

export interface LayerEntry extends TarEntry {
  /** Below the image's root, without a leading slash. */
  readonly path: string
}

/** What one layer does to the files of interest. Source: OCI Image Format Specification, "Image Layer Filesystem Changeset". */
export interface LayerChanges {
  /** In the archive's order. */
  readonly entries: readonly LayerEntry[]
  /** Paths that lower layers lose. */
  readonly removed: ReadonlySet<string>
  /** Directories of whose content lower layers lose everything. */
  readonly emptied: ReadonlySet<string>
}

const mostPathBytes = 4096
const removal = '.wh.'
const opaque = '.wh..wh..opq'

/** Reads a layer from end to end. Throws UnreadableLayer. */
export async function layerChanges(layer: ImageBlob, budget: ScanBudget): Promise<LayerChanges> {
  const entries: LayerEntry[] = []
  const removed = new Set<string>()
  const emptied = new Set<string>()
  for await (const entry of readTar(unpackedLayer(layer, budget), entry => isKept(entry, budget))) {
    const path = pathInImage(entry.name)
    if (entry.type === 'hard-link') pathInImage(entry.link)
    const name = posix.basename(path)
    const directory = path.slice(0, Math.max(0, path.length - name.length - 1))
    const hidden = posix.join(directory, name.slice(removal.length))
    if (name === opaque) {
      if (isOfInterest(directory)) emptied.add(directory)
    } else if (name.startsWith(removal)) {
      if (isOfInterest(hidden)) removed.add(hidden)
    } else if (isOfInterest(path)) {
      budget.keep(entry.content?.length ?? 0)
      entries.push({ ...entry, path })
    }
  }
  return { entries, removed, emptied }
}

function isKept({ name, type, size }: TarEntry, budget: ScanBudget): boolean {
  budget.entry()
  const most = mostBytesOf(pathInImage(name))
  if (most === 0 || (type !== 'file' && type !== 'sparse')) return false
  if (type === 'sparse') throw new UnreadableLayer(`its ${quoted(name)} is a sparse file`)
  if (size > most)
    throw new UnreadableLayer(`its ${quoted(name)} has ${size} bytes, more than the ${most} that are read`)
  return true
}

/** Refuses what an engine refuses to unpack: names that climb out of the image. */
function pathInImage(name: string): string {
  const length = Buffer.byteLength(name)
  if (length > mostPathBytes) throw new UnreadableLayer(`it has a name of ${length} bytes`)
  const path = posix.normalize(name).replace(/^\/+|\/+$/g, '')
  if (path === '..' || path.startsWith('../'))
    throw new UnreadableLayer(`its member ${quoted(name)} leads outside the image`)
  return path === '.' ? '' : path
}

const quoted = (name: string): string => JSON.stringify(name.slice(0, 200))
