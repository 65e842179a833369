/** What a copy takes of an instance, or an instance has left. Memory in MB, as requests give it. */
export interface Need {
  readonly cpus: number
  readonly memoryMb: number
  readonly gpus: number
}

/** An instance that copies can be placed on. */
export interface Room extends Need {
  /** The attempt of the endpoint's host. */
  readonly host: number
}

/** The hosts of as many copies as there is room for, and why there are no more. */
export interface Placement {
  readonly hosts: readonly number[]
  readonly lacking?: string
}

const minus = <Left extends Need>(left: Left, { cpus, memoryMb, gpus }: Need): Left => ({
  ...left,
  ...{ cpus: left.cpus - cpus, memoryMb: left.memoryMb - memoryMb, gpus: left.gpus - gpus },
})

const fits = (need: Need, room: Need): boolean =>
  need.cpus <= room.cpus && need.memoryMb <= room.memoryMb && need.gpus <= room.gpus

/** What is left of instances when these copies are on them. */
export const roomsLeft = (rooms: readonly Room[], taken: readonly Room[]): Room[] =>
  rooms.map(room => taken.filter(({ host }) => host === room.host).reduce<Room>(minus, room))

/** Each copy goes where most memory is left, so that copies are spread. */
export function placeCopies(count: number, need: Need, rooms: readonly Room[]): Placement {
  const hosts: number[] = []
  let left = [...rooms]
  while (hosts.length < count) {
    const able = left.filter(room => fits(need, room)).toSorted((a, b) => b.memoryMb - a.memoryMb)
    const chosen = able[0]
    if (!chosen) return { hosts, lacking: lackingOf(count - hosts.length, need, left) }
    hosts.push(chosen.host)
    left = left.map(room => (room === chosen ? minus(room, need) : room))
  }
  return { hosts }
}

function lackingOf(more: number, need: Need, left: readonly Room[]): string {
  if (left.length === 0) return `There is no instance in service to place ${copies(more)} on.`
  const most = left.toSorted((a, b) => b.memoryMb - a.memoryMb)[0] as Room
  const missing = units.filter(([name]) => left.every(room => room[name] < need[name]))
  // Each is there, though not together on one instance.
  const named = (missing.length > 0 ? missing : units.filter(([name]) => need[name] > 0)).map(([name]) => name)
  const told = units.filter(([name]) => named.includes(name))
  const needs = told.map(([name, unit]) => `${need[name]} ${unit}`).join(', ')
  const has = told.map(([name, unit]) => `${Math.max(0, most[name])} ${unit}`).join(', ')
  return `There is not enough room on the instances for ${copies(more)}: a copy needs ${needs}; the instance with the most memory left has ${has}.`
}

const copies = (more: number): string => (more === 1 ? '1 more copy' : `${more} more copies`)

const units = [
  ['cpus', 'CPU cores'],
  ['memoryMb', 'MB of memory'],
  ['gpus', 'accelerators'],
] as const
