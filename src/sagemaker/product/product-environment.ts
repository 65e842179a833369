import { ValidationException } from '../../ground/errors.ts'

/**
 * Buyers set no environment for a product's containers: variables such as LD_PRELOAD and PYTHONSTARTUP make the seller's image run
 * what lies in the buyer's data, and so give the image away. Models of subscribed packages are refused so by AWS; here jobs are too.
 * Throws ValidationException.
 */
export function requireNoEnvironment(environment: Readonly<Record<string, string>> | undefined): void {
  if (Object.keys(environment ?? {}).length > 0)
    throw new ValidationException('Environment cannot be given for jobs that use a product of AWS Marketplace.')
}
