import { existsSync, globSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { removeCgroups } from './node-cgroups.ts'

/** Folders of nodes are called by the process that made them, and their cgroups by the folder. */
const prefix = join(tmpdir(), 'modelmart-node-')

export const makePlace = (): Promise<string> => mkdtemp(`${prefix}${process.pid}-`)

export const cgroupOf = (place: string): string => basename(place)

/** Removes what is left of a node whose processes are ending. */
export async function removePlace(place: string): Promise<void> {
  await removeCgroups(cgroupOf(place))
  await rm(place, { recursive: true, force: true })
}

/** Removes what is left where who made a node was killed: the node ended with it, its files did not. */
export async function removeRemains(): Promise<void> {
  for (const place of globSync(`${prefix}*-*`)) {
    const maker = place.slice(prefix.length).split('-')[0]
    if (!existsSync(`/proc/${maker}`)) await removePlace(place)
  }
}
