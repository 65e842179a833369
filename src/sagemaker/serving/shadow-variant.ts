import type { ProductionVariant } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'
import type { ModelRow } from './model.ts'

/** Throws ValidationException. Source: SageMaker API Reference, CreateEndpointConfig (ShadowProductionVariants); Developer Guide, "Exclusions" of shadow tests. */
export function checkShadows(variants: number, shadows: number, isAsync: boolean): void {
  if (shadows === 0) return
  if (variants !== 1 || shadows !== 1)
    throw new ValidationException(
      'With ShadowProductionVariants there can be only one variant in ProductionVariants and one in ShadowProductionVariants.',
    )
  if (isAsync) throw new ValidationException('ShadowProductionVariants are not supported for asynchronous inference.')
}

/** Neither who is copied nor who gets copies may be what AWS excludes, so that no copy is ever charged. Throws ValidationException. */
export function checkShadowed({ VariantName }: ProductionVariant, { name, containers }: ModelRow): void {
  const refuse = (what: string) => {
    throw new ValidationException(
      `Variant "${VariantName}": ShadowProductionVariants are not supported for ${what}, as which the model "${name}" is.`,
    )
  }
  if (containers.some(({ productArn }) => productArn)) refuse('marketplace containers')
  if (containers.some(({ models }) => models)) refuse('multi-model endpoints')
  if (containers.length > 1) refuse('multi-container endpoints')
}

/** Of 100: how many requests are copied. The weights stand to each other as copies to requests; who weighs as much gets all. */
export const sampledOf = (shadow: number, production: number): number =>
  production > 0 ? Math.min(100, (100 * shadow) / production) : 0
