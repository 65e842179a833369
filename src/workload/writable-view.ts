import { mkdir } from 'node:fs/promises'
import { runCommand } from '../ground/command.ts'

/** What the kernel tells as the source of a view. */
export const viewSource = 'modelmart-view'

export interface WritableView {
  /** What is seen; never written to. */
  readonly content: string
  /** Where it is seen. */
  readonly directory: string
  /** Takes what is written; on the volume that bounds it. */
  readonly changes: string
}

/**
 * Makes files of the store writable for a container while the store's own stay as they are: an overlay (Linux kernel documentation,
 * "Overlay Filesystem"), of which only what is written takes room; a copy where this machine does not let us mount one. `removeVolumes` ends it.
 */
export async function makeWritableView({ content, directory, changes }: WritableView): Promise<void> {
  const [upper, work] = [`${changes}/upper`, `${changes}/work`]
  for (const path of [upper, work, directory]) await mkdir(path, { recursive: true })
  const layers = [`lowerdir=${escaped(content)}`, `upperdir=${escaped(upper)}`, `workdir=${escaped(work)}`]
  // A change of mode or owner takes no copy of the content.
  const mount = (more: readonly string[]) =>
    runCommand('mount', [
      '-t',
      'overlay',
      '-o',
      [...layers, ...more, 'nosuid', 'nodev'].join(','),
      viewSource,
      directory,
    ])
  await mount(['metacopy=on'])
    .catch(() => mount([]))
    .catch(() => runCommand('cp', ['-a', '--reflink=auto', `${content}/.`, directory]))
}

const escaped = (path: string): string => path.replace(/[\\:,]/g, '\\$&')
