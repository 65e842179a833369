import type { Driver, EngineInfo } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'

const validMs = 60_000

/** What the engine offers, asked once a minute at most: Podman takes a while over it, and machines seldom grow. */
export function engineSize(driver: Driver): () => Promise<EngineInfo> {
  let known: { readonly info: EngineInfo; readonly until: number } | undefined
  return async () => {
    if (!known || known.until < clock.now()) known = { info: await driver.info(), until: clock.now() + validMs }
    return known.info
  }
}
