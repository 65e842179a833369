import { ServiceError, ValidationException } from '../ground/errors.ts'

/** What is scaled. */
export const dimensions = {
  variant: 'sagemaker:variant:DesiredInstanceCount',
  component: 'sagemaker:inference-component:DesiredCopyCount',
} as const

export const dimensionOf = (resource: string): (typeof dimensions)[keyof typeof dimensions] =>
  resource.startsWith('inference-component/') ? dimensions.component : dimensions.variant

const named = (resource: string): string =>
  `service namespace: sagemaker, resource ID: ${resource}, scalable dimension: ${dimensionOf(resource)}`

/** Errors of Application Auto Scaling, in the words that clients of it report. */
export const autoscalingError = {
  noTarget: (resource: string) =>
    new ServiceError('ObjectNotFoundException', `No scalable target registered for ${named(resource)}`),
  noPolicy: (resource: string, name: string) =>
    new ServiceError('ObjectNotFoundException', `No scaling policy found for ${named(resource)}, policy name: ${name}`),
  noScheduledAction: (resource: string, name: string) =>
    new ServiceError(
      'ObjectNotFoundException',
      `No scheduled action found for ${named(resource)}, scheduled action name: ${name}`,
    ),
  noResource: (arn: string) => new ServiceError('ResourceNotFoundException', `There is no scalable target ${arn}.`),
  invalidToken: () => new ServiceError('InvalidNextTokenException', 'The next token is not valid.'),
  limit: (what: string) => new ServiceError('LimitExceededException', what),
  tooManyTags: (most: number) =>
    new ServiceError('TooManyTagsException', `A scalable target can have no more than ${most} tags.`),
  invalid: (what: string) => new ValidationException(what),
  notServed: (what: string, why: string) => new ValidationException(`${what} is not served here: ${why}`),
}
