import { AccessDenied, ServiceError } from '../ground/errors.ts'

/** Errors of SNS, in the words that clients of it report. */
export const snsError = {
  invalid: (what: string) => new ServiceError('InvalidParameterException', `Invalid parameter: ${what}`),
  invalidValue: (what: string) => new ServiceError('InvalidParameterValueException', what),
  noTopic: () => new ServiceError('NotFoundException', 'Topic does not exist'),
  noSubscription: () => new ServiceError('NotFoundException', 'Subscription does not exist'),
  noResource: () => new ServiceError('ResourceNotFoundException', 'Resource does not exist'),
  notServed: (what: string, why: string) =>
    new ServiceError('InvalidParameterException', `Invalid parameter: ${what} is not served here: ${why}`),
  batch: (code: string, what: string) => new ServiceError(code, what),
  topicLimit: (most: number) =>
    new ServiceError('TopicLimitExceededException', `The account has ${most} topics, as many as there may be.`),
  subscriptionLimit: (most: number) =>
    new ServiceError(
      'SubscriptionLimitExceededException',
      `The account has ${most} subscriptions that nobody has confirmed, as many as there may be.`,
    ),
  filterPolicyLimit: (whose: string, most: number) =>
    new ServiceError(
      'FilterPolicyLimitExceededException',
      `${whose} has ${most} filter policies, as many as there may be.`,
    ),
  tagLimit: () =>
    new ServiceError('TagLimitExceededException', 'Could not complete request: tag quota of per resource exceeded'),
  denied: (who: string, action: string, resource: string) =>
    new AccessDenied(`User: ${who} is not authorized to perform: ${action} on resource: ${resource}`),
}
