import type { Context } from '../../src/service/context.ts'
import type { SimulatedServer } from './server.ts'

/** What a client was told, or was not: an answer that never came may mean either. */
export interface Asked {
  readonly what: string
  readonly arn: string
  /** Of this request alone. */
  readonly name: string
  /** Whether the resource comes to be by it, and by nothing else. */
  readonly makes: boolean
  answer: 'acknowledged' | 'refused' | 'none'
}

/** Has a client ask for something at a random time, of whatever server lives then. */
export type Ask = (
  what: string,
  kind: string,
  name: string,
  work: (ctx: Context, server: SimulatedServer) => Promise<unknown>,
) => void
