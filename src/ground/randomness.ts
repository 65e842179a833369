import { randomBytes, randomFillSync, randomUUID } from 'node:crypto'

/** Where chance comes from: the system's generator, or a seed of a simulation. */
export type RandomBytes = (count: number) => Buffer

let current: RandomBytes = randomBytes

/** For simulations: other randomness for the whole process, until it is disposed. */
export function useRandomness(other: RandomBytes): Disposable {
  const before = current
  current = other
  return {
    [Symbol.dispose]() {
      current = before
    },
  }
}

const choices = { bytes: Buffer.allocUnsafeSlow(6 * 512), at: 6 * 512 }

/** 48 bits, of which the system is asked for many at a time: to ask costs more than all else that a choice takes. */
function choice(): number {
  if (current !== randomBytes) return current(6).readUIntBE(0, 6)
  if (choices.at === choices.bytes.byteLength) {
    randomFillSync(choices.bytes)
    choices.at = 0
  }
  choices.at += 6
  return choices.bytes.readUIntBE(choices.at - 6, 6)
}

/** Ids, secrets and choices; a test holds that nothing below the seams asks the system itself. */
export const randomness = {
  bytes: (count: number): Buffer => current(count),
  /** From 0 up to, but not, 1. */
  number: (): number => choice() / 2 ** 48,
  /** A whole number from 0 up to, but not, `below`; every one as likely, up to 2^48. */
  below(below: number): number {
    const most = Math.floor(2 ** 48 / below) * below
    for (;;) {
      const drawn = choice()
      if (drawn < most) return drawn % below
    }
  },
  /** A version 4 UUID. */
  uuid(): string {
    if (current === randomBytes) return randomUUID()
    const bytes = current(16)
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
    const hex = bytes.toString('hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  },
}
