import type { AddressInfo } from 'node:net'
import pino from 'pino'
import { testLedger } from '../gateway/call-ledger.fixture.ts'
import { createGateway } from '../gateway/gateway.ts'
import type { Platform } from '../service/context.ts'
import { type MarketFixture, openMarketFixture } from './market.fixture.ts'

export const credentialsOf = (account: string) => ({
  accessKeyId: `AKIA${account}`,
  secretAccessKey: `secret of ${account}`,
})

/**
 * For tests: a marketplace behind the gateway, on a port of its own, for clients that sign. Its clock stands at this moment, and requests are
 * answered by the machine's; where `isMoved`, they are answered and signed by the house's, which the test moves.
 */
export async function openMarketGateway({ isMoved = false } = {}): Promise<MarketGateway> {
  const house = await openMarketFixture()
  house.clock.time = Date.now()
  const platform = {
    ...house,
    now: isMoved ? house.now : () => new Date(),
    url: 'http://localhost:8600',
  } as unknown as Platform
  const server = createGateway({
    ...testLedger,
    checkAnswers: true,
    platform,
    services: Object.values(house.services),
    log: pino({ level: 'silent' }),
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    house,
    endpoint,
    client: account => ({
      ...{ endpoint, region: 'us-east-1', maxAttempts: 1, credentials: credentialsOf(account) },
      ...(isMoved && { systemClockOffset: house.clock.time - Date.now() }),
    }),
    async close() {
      server.closeAllConnections()
      server.close()
      await house.store.close()
    },
  }
}

export interface MarketGateway {
  readonly house: MarketFixture
  readonly endpoint: string
  /** What an official client of an account is made of. */
  client(account: string): {
    endpoint: string
    region: string
    maxAttempts: number
    credentials: ReturnType<typeof credentialsOf>
    systemClockOffset?: number
  }
  close(): Promise<void>
}
