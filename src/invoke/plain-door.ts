import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { clock } from '../ground/clock.ts'
import type { AnswerInvocation } from './answer-invocation.ts'
import { PlainLane } from './plain-lane.ts'

/** A door for connections that ask plainly. */
export interface PlainDoor {
  take(socket: Socket): void
  /** Ends those that wait for nothing. */
  closeIdle(): void
}

/** What has begun to come may take so long: then it is Node's, which has limits for what is slow. */
const begunMs = 3000
const lookMs = 1000
/** All that has begun to come, over all connections: beyond it whatever is not whole is Node's at once. */
const mostBegunBytes = 16 * 1024 ** 2

/**
 * Reads requests of the plain shape from connections itself, which costs a third of what Node's HTTP server does. The first other one
 * hands the connection over to `node`, and there it stays.
 */
export function createPlainDoor(answer: AnswerInvocation, node: Server): PlainDoor {
  const lanes = new Set<PlainLane>()
  let begunBytes = 0
  const parts = {
    ...{ answer, node },
    hold(bytes: number) {
      begunBytes += bytes
      return begunBytes <= mostBegunBytes
    },
    left: (lane: PlainLane) => void lanes.delete(lane),
  }
  clock.every(lookMs, () => {
    const since = clock.elapsed() - begunMs
    for (const lane of lanes) if (lane.begun > 0 && lane.begun < since) lane.handOver()
  })
  return {
    take: socket => void lanes.add(new PlainLane(socket, parts)),
    closeIdle() {
      for (const lane of lanes) if (!lane.isAnswering) lane.destroy()
    },
  }
}
