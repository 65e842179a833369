/** What is wrong with an expression, or not served of it, in words for its writer. */
export class MathFault extends Error {
  override readonly name = 'MathFault'
}
