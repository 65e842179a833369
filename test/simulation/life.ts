import { AsyncLocalStorage } from 'node:async_hooks'

/** One run of a server, from its start until it is stopped or killed. Killed, nothing it has begun goes on, and its memory is gone. */
export class Life {
  dead = false
  readonly number: number
  constructor(number: number) {
    this.number = number
  }
}

const lives = new AsyncLocalStorage<Life>()

/** The server whose doing the caller is; undefined for the engine and the simulation itself. */
export const currentLife = (): Life | undefined => lives.getStore()
export const live = <T>(life: Life, work: () => T): T => lives.run(life, work)
export const outsideOfLife = <T>(work: () => T): T => lives.exit(work)

/** One for each call: all that wait for one promise would live as long as it. */
const forever = () => new Promise<never>(() => {})

/** Where a server may die: every way out of its own code. A dead one's calls are never answered. */
export async function gate(step: string, struck: (step: string, life: Life) => void): Promise<void> {
  const life = lives.getStore()
  if (!life) return
  if (!life.dead) struck(step, life)
  if (life.dead) await forever()
}
