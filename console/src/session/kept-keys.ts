export interface TemporaryKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
}

const minute = 60_000
const [idleMs, hour] = [15 * minute, 60 * minute]
let active = Date.now()

/**
 * Keys of an hour, gotten anew after five sixths of it as long as somebody works. They are in a variable and never anywhere else: a page that
 * is gone has none.
 */
export function keptKeys(fetch: () => Promise<TemporaryKeys>) {
  let kept: Promise<{ readonly keys: TemporaryKeys; readonly renewAt: number }> | undefined
  const fetched = () => {
    const issued = Date.now()
    const mine = fetch().then(keys => ({ keys, renewAt: issued + (lifetime(keys, issued) * 5) / 6 }))
    kept = mine
    // What failed is asked for again by whoever needs it next.
    mine.catch(() => {
      if (kept === mine) kept = undefined
    })
    return mine
  }
  return {
    async get(): Promise<TemporaryKeys> {
      const mine = kept ?? fetched()
      const { keys, renewAt } = await mine
      const isOld = Date.now() > renewAt && Date.now() - active < idleMs
      if (!isOld) return keys
      // Whoever asked at the same time may have gotten new ones on their way already.
      return (await (kept === mine || !kept ? fetched() : kept)).keys
    },
    forget(): void {
      kept = undefined
    },
  }
}

/** By the server's clock it is an hour at most; what this machine's makes of it may be nothing, and keys would be gotten for every question. */
function lifetime({ expiration }: TemporaryKeys, issued: number): number {
  const told = expiration.getTime() - issued
  return told > minute && told <= hour ? told : hour
}

for (const event of ['pointerdown', 'keydown', 'wheel'])
  window.addEventListener(
    event,
    () => {
      active = Date.now()
    },
    { passive: true },
  )
