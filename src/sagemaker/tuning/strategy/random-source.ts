/** The next number of a sequence, uniform in [0, 1). */
export type RandomSource = () => number

/**
 * A sequence of numbers that depends on the key alone, so that whoever asks again after a crash gets the same ones. The generator
 * is sfc32 (Chris Doty-Humphrey's "small fast counter"), seeded by four FNV-1a hashes of the key; not for secrets.
 */
export function randomSource(...key: readonly (string | number)[]): RandomSource {
  const text = JSON.stringify(key)
  let [a, b, c, counter] = [1, 2, 3, 4].map(lane => fnv1a(`${lane}${text}`)) as [number, number, number, number]
  const next = () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }
  for (let round = 0; round < 12; round++) next()
  return next
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash | 0
}

/** A number from the standard normal distribution (Box and Muller). */
export const normal = (random: RandomSource): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
