import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { ServerProcess } from '../../demo/server-process.ts'
import type { Confinement } from './confine.ts'

interface Besieged {
  readonly server: Pick<ServerProcess, 'pid'>
  readonly confinement: Confinement | undefined
  /** The neighbour's, to a quiet call. */
  readonly ask: () => Promise<unknown>
}

/** Runs an attack beside a neighbour, who is answered all the while, on a server that nothing ends. How soon is told by a bench (`bench/neighbour.bench.ts`). */
export async function beside(
  t: TestContext,
  { server, confinement, ask }: Besieged,
  attack: () => Promise<unknown>,
): Promise<void> {
  const { pid } = server
  let isOver = false
  const attacking = attack().finally(() => {
    isOver = true
  })
  let answers = 0
  for (; !isOver || answers === 0; answers++) await ask()
  await attacking
  t.diagnostic(`the neighbour had ${answers} answers meanwhile`)
  assert.equal(server.pid, pid)
  assert.equal((await confinement?.kills()) ?? 0, 0)
}
