/** Where a file lies in the folder that it was chosen or dropped with; its name alone where there is none. */
export const pathOf = (file: File): string => paths.get(file) ?? (file.webkitRelativePath || file.name)

/** Browsers keep no path of what is dropped. */
const paths = new WeakMap<File, string>()

/** The files that are dropped, those of folders too, each with its path. The list has to be read before the event is over: this does so at once. */
export function droppedFiles(items: DataTransferItemList): Promise<readonly File[]> {
  const entries = [...items].flatMap(item => item.webkitGetAsEntry() ?? [])
  return filesOf(entries)
}

async function filesOf(entries: readonly FileSystemEntry[]): Promise<readonly File[]> {
  const found: File[] = []
  for (const entry of entries)
    if (isFolder(entry)) found.push(...(await filesOf(await entriesOf(entry))))
    else if (isFile(entry)) found.push(await fileOf(entry))
  return found
}

const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory
const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile

async function fileOf(entry: FileSystemFileEntry): Promise<File> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
  paths.set(file, entry.fullPath.replace(/^\//, ''))
  return file
}

/** A reader gives a part at a time, and nothing when it is at the end. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader()
  const found: FileSystemEntry[] = []
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return found
    found.push(...some)
  }
}
