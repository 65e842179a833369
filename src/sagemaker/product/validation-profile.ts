import type { InferenceSpecification, TransformJobDefinition } from '@aws-sdk/client-sagemaker'
import { ValidationException } from '../../ground/errors.ts'

type Specified = Pick<
  InferenceSpecification,
  'SupportedTransformInstanceTypes' | 'SupportedContentTypes' | 'SupportedResponseMIMETypes'
>

/** A certification proves what the specification says: its transform job asks for nothing else. Throws ValidationException. */
export function checkTransformProfile(
  { TransformInput, TransformOutput, TransformResources }: TransformJobDefinition,
  specified: Specified,
): void {
  offered('transform instance type', TransformResources?.InstanceType, specified.SupportedTransformInstanceTypes)
  offered('content type', mediaType(TransformInput?.ContentType), specified.SupportedContentTypes?.map(mediaType))
  offered('response type', mediaType(TransformOutput?.Accept), specified.SupportedResponseMIMETypes?.map(mediaType))
}

function offered(what: string, value: string | undefined, values: readonly (string | undefined)[] | undefined): void {
  if (value && values?.length && !values.includes(value))
    throw new ValidationException(
      `The inference specification does not support the ${what} ${value}. Supported: ${values.join(', ')}.`,
    )
}

/** Without parameters such as a character set, which stand beside the type. */
const mediaType = (given: string | undefined): string | undefined => given?.split(';', 1)[0]?.trim().toLowerCase()
