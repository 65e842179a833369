import { type Rules, wanted } from '../kit/form-state.ts'
import { nameRule } from '../sagemaker/training-job-rules.ts'
import { definitionMistake } from './definition-mistake.ts'
import { type DocumentShape, transformJobDefinition } from './definition-shapes.ts'
import { lineOf } from './line-of.ts'
import { type ServingValues, transformText, type ValidationValues } from './product-values.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.rules

export const imageRule = (image: string): string | undefined =>
  wanted(image) ?? (/^[^\s/]+\/.+/.test(image.trim()) ? undefined : words.image)

/** Where a document is wrong: its line, from 1, and what. */
export interface DocumentMistake {
  readonly line: number
  readonly text: string
}

/** The first mistake of a document: of JSON's grammar, or against the members that the API has. */
export function documentMistake(text: string, shape: DocumentShape): DocumentMistake | undefined {
  try {
    const mistake = definitionMistake(JSON.parse(text), shape)
    return mistake && { line: lineOf(text, mistake.path), text: mistake.text }
  } catch (error) {
    const { message } = error as Error
    // Browsers name a line or a place; of a text that ends too early neither.
    const [, line, place] = /line (\d+)|position (\d+)/.exec(message) ?? []
    const before = text.slice(0, place === undefined ? undefined : Number(place))
    return { line: line === undefined ? before.split('\n').length : Number(line), text: `${words.json} ${message}` }
  }
}

/** The same in words. */
export function documentRule(text: string, shape: DocumentShape): string | undefined {
  const mistake = documentMistake(text, shape)
  return mistake && words.atLine(mistake.line, mistake.text)
}

export const some = (values: readonly string[]): string | undefined => (values.length === 0 ? words.one : undefined)

export const servingRules: Rules<ServingValues> = {
  image: ({ image }) => imageRule(image),
  transformTypes: ({ transformTypes }) => some(transformTypes),
  contentTypes: ({ contentTypes }) => wanted(contentTypes),
  responseTypes: ({ responseTypes }) => wanted(responseTypes),
}

export const validationRules: Rules<ServingValues & ValidationValues> = {
  validates: ({ publishes, validates }) => (publishes === 'yes' && validates === 'no' ? words.validate : undefined),
  role: ({ validates, role }) => (validates === 'yes' ? wanted(role) : undefined),
  profileName: ({ validates, profileName }) => (validates === 'yes' ? nameRule(profileName) : undefined),
  transformJob: values =>
    values.validates === 'yes' ? documentRule(transformText(values), transformJobDefinition) : undefined,
}
