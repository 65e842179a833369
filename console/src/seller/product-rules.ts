import { type Rules, wanted } from '../kit/form-state.ts'
import { nameRule } from '../sagemaker/training-job-rules.ts'
import { definitionMistake } from './definition-mistake.ts'
import { type DocumentShape, transformJobDefinition } from './definition-shapes.ts'
import { type ServingValues, transformText, type ValidationValues } from './product-values.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.rules

export const imageRule = (image: string): string | undefined =>
  wanted(image) ?? (/^[^\s/]+\/.+/.test(image.trim()) ? undefined : words.image)

/** A document of one object; the place of a mistake is told. */
export function jsonRule(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : words.object
  } catch (error) {
    return `${words.json} ${(error as Error).message}`
  }
}

/** The same, and every member of it is one that the API has. */
export const definitionRule = (text: string, shape: DocumentShape): string | undefined =>
  jsonRule(text) ?? definitionMistake(JSON.parse(text), shape)

export function jsonListRule(text: string): string | undefined {
  try {
    return Array.isArray(JSON.parse(text)) ? undefined : words.list
  } catch (error) {
    return `${words.json} ${(error as Error).message}`
  }
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
    values.validates === 'yes' ? definitionRule(transformText(values), transformJobDefinition) : undefined,
}
