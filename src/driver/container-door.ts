import type { Server, Socket } from 'node:net'
import { holderName, LABEL } from './container-identity.ts'
import type { InspectedContainer } from './container-state.ts'
import { listenInNetworkOf } from './door-listener.ts'
import type { ContainerKey, ContainerSpec } from './driver.ts'
import { callProgram } from './kernel-calls.ts'
import { memoryImage } from './memory-image.ts'

/** Who comes through a door: a process of the container, as this role. */
export interface Visitor {
  readonly key: ContainerKey
  readonly role: string
}

export type OnVisit = (visitor: Visitor, socket: Socket) => void

const MEBIBYTE = 1 << 20
const HOLD = 'hold'
/** Waits for ever (ppoll of nothing). */
const FOR_EVER = { what: '', number: { x64: 271, arm64: 73 }, arguments: [0, 0, 0] }

/** A program that does nothing, in an image with nothing else. */
export const holderImage = () => memoryImage({ [HOLD]: callProgram([FOR_EVER]) })

/**
 * The container that holds a network for another one: engines make a network as they start a program, and the door has to be open
 * before that. `image` is what came of `holderImage`.
 */
export const holderSpec = (spec: ContainerSpec, image: string): ContainerSpec => ({
  ...{ key: spec.key, image, entrypoint: [`/${HOLD}`], environment: {}, mounts: [], network: spec.network },
  ...(spec.peers && { peers: spec.peers }),
  // The engine's own init runs within these before the program does: a thread or a mebibyte too few, and it dies now and then.
  limits: { cpus: 0.1, memoryBytes: 64 * MEBIBYTE, sharedMemoryBytes: MEBIBYTE, pids: 64, gpus: 0 },
})

/** The holder whose network a container has; undefined for one with a network of its own. */
export const joinedHolder = ({ HostConfig }: InspectedContainer): string | undefined =>
  /^container:(.+)$/.exec(HostConfig.NetworkMode)?.[1]

export interface ContainerDoors {
  /** Opens the door of a holder that runs; does nothing when it is open. */
  open(key: ContainerKey, holder: InspectedContainer): Promise<void>
  /** Closes the door of a holder, and ends whatever goes through it. */
  close(holderId: string): void
  closeAll(): void
}

interface Door {
  readonly server: Server
  readonly visits: Set<Socket>
}

/** The doors that are open, by their holder. `again` looks at a holder once more: its process may have ended, and its number be another's. */
export const createContainerDoors = (
  onVisit: OnVisit,
  again: (holderId: string) => Promise<InspectedContainer | undefined>,
): ContainerDoors => {
  const doors = new Map<string, Promise<Door>>()

  const openDoor = async (key: ContainerKey, { Id, State, Config }: InspectedContainer): Promise<Door> => {
    const role = Config.Labels?.[LABEL.door]
    if (!role) throw new Error(`${holderName('', key)} holds no door`)
    const server = await listenInNetworkOf(State.Pid)
    const holder = await again(Id)
    if (!holder?.State.Running || holder.State.Pid !== State.Pid) {
      server.close()
      throw new Error('The container whose door was opened has ended')
    }
    server.unref()
    const visits = new Set<Socket>()
    server.on('connection', socket => {
      visits.add(socket)
      socket.on('close', () => visits.delete(socket))
      onVisit({ key, role }, socket)
    })
    return { server, visits }
  }

  const close = (holderId: string): void => {
    for (const [name, door] of doors) {
      if (!name.startsWith(holderId)) continue
      doors.delete(name)
      door.then(shut, () => {})
    }
  }

  return {
    async open(key, holder) {
      // One that was started anew has another network.
      const name = `${holder.Id} ${holder.State.Pid}`
      const opening = doors.get(name) ?? openDoor(key, holder)
      doors.set(name, opening)
      await opening.catch(error => {
        doors.delete(name)
        throw error
      })
    },
    close,
    closeAll: () => close(''),
  }
}

const shut = ({ server, visits }: Door): void => {
  server.close()
  for (const socket of visits) socket.destroy()
}
