import type { ContainerKey, Driver } from '../../driver/driver.ts'
import { clock } from '../../ground/clock.ts'

/** A training container ends by itself, and what the kernel counted of it with it. */
const lookEveryMs = 200

export interface PeakWatch {
  /** Looks at running containers from now on until they have ended; at each but once, however often it is called. */
  watch(arn: string, keys: readonly ContainerKey[]): void
  /** The most bytes that one of them was seen to hold, and forgets them; undefined where that was never told. */
  end(arn: string): number | undefined
}

/** Watches how much memory the containers of a certification's training hold: five times a second the kernel's own count of the most so far. */
export function createPeakWatch(driver: Pick<Driver, 'peakMemory'>): PeakWatch {
  const watched = new Map<string, { readonly hosts: Set<string>; peak: number | undefined }>()

  async function look(arn: string, key: ContainerKey): Promise<void> {
    // An engine that cannot tell ends the watch, not the job.
    const bytes = await driver.peakMemory(key).catch(() => undefined)
    const found = watched.get(arn)
    if (bytes === undefined || found === undefined) return
    found.peak = Math.max(found.peak ?? 0, bytes)
    clock.after(lookEveryMs, () => void look(arn, key))
  }

  return {
    watch(arn, keys) {
      const found = watched.get(arn) ?? { hosts: new Set<string>(), peak: undefined }
      watched.set(arn, found)
      for (const key of keys) {
        const host = `${key.attempt}/${key.host}`
        if (found.hosts.has(host)) continue
        found.hosts.add(host)
        void look(arn, key)
      }
    },
    end(arn) {
      const peak = watched.get(arn)?.peak
      watched.delete(arn)
      return peak
    },
  }
}
