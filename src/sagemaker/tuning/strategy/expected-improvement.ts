/**
 * Logarithm of how much less than `best` a normally distributed value is expected to be, counting only what is less. The logarithm
 * tells places apart also where next to nothing is expected. Source: Jones, Schonlau and Welch, "Efficient Global Optimization of
 * Expensive Black-Box Functions", 1998.
 */
export function logExpectedImprovement(mean: number, variance: number, best: number): number {
  const deviation = Math.sqrt(variance)
  return Math.log(deviation) + logGain((best - mean) / deviation)
}

/** log(φ(z) + z·Φ(z)) of the standard normal distribution. */
function logGain(z: number): number {
  if (z < 0) return logDensity(z) + Math.log(1 + z * tailRatio(-z))
  return Math.log(Math.exp(logDensity(z)) * (1 - z * tailRatio(z)) + z)
}

const logDensity = (z: number): number => -0.5 * (z * z + Math.log(2 * Math.PI))

/**
 * (1 − Φ(x)) / φ(x) for x ≥ 0: near 0 by the series of Φ, further out by the continued fraction. Source: Abramowitz and Stegun,
 * "Handbook of Mathematical Functions", 26.2.11 and 26.2.14.
 */
export function tailRatio(x: number): number {
  if (x > 2) return continuedFraction(x)
  let sum = 0
  let term = x
  for (let odd = 3; Math.abs(term) > 1e-17; odd += 2) {
    sum += term
    term *= (x * x) / odd
  }
  return 0.5 * Math.exp(-logDensity(x)) - sum
}

function continuedFraction(x: number): number {
  let value = x
  for (let depth = 100; depth > 0; depth--) value = x + depth / value
  return 1 / value
}
