import type { TestContext } from 'node:test'
import type { Fixture } from '../e2e/fixture.ts'
import { beside } from './beside.ts'
import { type Confinement, confine } from './confine.ts'

const memoryBytes = 600 * 2 ** 20

export interface Siege {
  /** Confines the server to 600 MiB from now on, and what it starts later. */
  confine(): Promise<void>
  /** Runs an attack of the seller's beside the buyer. */
  besideBuyer(context: TestContext, attack: () => Promise<unknown>): Promise<void>
  /** How often the system has ended a process for its memory. */
  kills(): Promise<number>
}

/** What a seller's containers do to the server of a world with two accounts. */
export function besiege(at: () => Fixture): Siege {
  let confinement: Confinement | undefined
  return {
    async confine() {
      confinement = await confine(at().server.pid, memoryBytes)
    },
    besideBuyer(context, attack) {
      const { buyer, server } = at()
      const ask = () => buyer.ecr.describeRepositories({ repositoryNames: ['probe'] })
      return beside(context, { server, confinement, ask }, attack)
    },
    kills: async () => (await confinement?.kills()) ?? 0,
  }
}
