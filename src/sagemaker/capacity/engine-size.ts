import type { Driver, EngineInfo } from '../../driver/driver.ts'

const validMs = 60_000

/** What the engine offers, asked once a minute at most: Podman takes a while over it, and machines seldom grow. */
export function engineSize(driver: Driver): () => Promise<EngineInfo> {
  let known: { readonly info: EngineInfo; readonly until: number } | undefined
  return async () => {
    if (!known || known.until < Date.now()) known = { info: await driver.info(), until: Date.now() + validMs }
    return known.info
  }
}
