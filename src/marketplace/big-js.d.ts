/** The part of big.js that is used here; the package brings no types. */
declare module 'big.js' {
  type Source = string | number | bigint | Big
  interface Big {
    plus(other: Source): Big
    minus(other: Source): Big
    times(other: Source): Big
    div(other: Source): Big
    round(decimals: number, mode: number): Big
    eq(other: Source): boolean
    gt(other: Source): boolean
    lt(other: Source): boolean
    toFixed(decimals?: number, mode?: number): string
  }
  interface BigConstructor {
    (value: Source): Big
    readonly roundHalfUp: number
  }
  const Big: BigConstructor
  export default Big
}
