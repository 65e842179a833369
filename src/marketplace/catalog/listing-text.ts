import type { Information } from '../product.ts'
import { ChangeRefused } from './change-refused.ts'

/** Beside ASCII a listing may have these (AWS Marketplace Seller Guide, "Product categories and metadata"). */
const allowed = /^[\0-~©®™¢£¤¥]*$/u

/**
 * The characters of a listing's texts, and no space before a trademark's sign. Throws ChangeRefused with every text that is not so and the first
 * character that is to blame.
 */
export function checkTexts(information: Information): void {
  const problems = Object.entries(information).flatMap(([name, value]) =>
    textsOf(value).flatMap(text => problem(name, text)),
  )
  if (problems.length > 0) throw new ChangeRefused('INVALID_INPUT', ...problems)
}

function problem(name: string, text: string): string[] {
  const foreign = [...text].find(character => !allowed.test(character))
  if (foreign !== undefined) {
    const point = (foreign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return [`${name} has ${foreign} (U+${point}); beside ASCII a listing may have ©, ®, ™, ¢, £, ¤ and ¥.`]
  }
  return /\s[©®™]/u.test(text) ? [`${name} has a space before ©, ® or ™.`] : []
}

/** Every text in a value, however deep. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}
