import { ProductionVariantInstanceType, TrainingInstanceType, TransformInstanceType } from '@aws-sdk/client-sagemaker'
import type { ChoiceGroup } from '../kit/field.tsx'

/** Families of instance types by the letter after `ml.`. */
const families: readonly (readonly [label: string, pattern: RegExp])[] = [
  ['General purpose', /^ml\.[mt]/],
  ['Compute optimized', /^ml\.c/],
  ['Memory optimized', /^ml\.r/],
  ['Accelerated', /^ml\.(g|p|inf|trn|dl)/],
]

const grouped = (types: readonly string[]): ChoiceGroup[] =>
  families
    .map(([label, pattern]) => ({ label, options: types.filter(type => pattern.test(type)).map(value => ({ value })) }))
    .filter(({ options }) => options.length > 0)

export const trainingTypes = grouped(Object.values(TrainingInstanceType))
export const realtimeTypes = grouped(Object.values(ProductionVariantInstanceType))
export const transformTypes = grouped(Object.values(TransformInstanceType))
