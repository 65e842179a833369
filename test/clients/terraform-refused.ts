/** Why a resource of `terraform-refused/` is not served, and what the server says of it. */
export const refusals: Readonly<Record<string, readonly [why: string, words: RegExp]>> = {
  aws_s3_bucket_acl: ['policies decide, and ACLs only as far as they change nothing', /AccessControlListNotSupported/],
  aws_s3_bucket_accelerate_configuration: ['there are no edge locations', /NotImplemented: .*accelerate/],
  aws_s3_bucket_logging: ['the security log is in the data directory', /NotImplemented: Logging of the access/],
  'aws_s3_bucket_notification to a topic': ['EventBridge alone is told', /\(TopicConfigurations\) is not implemented/],
  aws_s3_bucket_website_configuration: ['buckets are no websites', /NotImplemented: .*website/],
  'aws_ecr_repository with a key of KMS': [
    'layers are shared between repositories',
    /'KMS' with a KMS key is not offered/,
  ],
  aws_ecr_pull_through_cache_rule: ['nothing is fetched from elsewhere', /CreatePullThroughCacheRule is not known/],
  aws_cloudwatch_composite_alarm: [
    'alarms are of metrics and expressions',
    /Could not find operation PutCompositeAlarm/,
  ],
  aws_cloudwatch_dashboard: ['the console draws metrics by itself', /Could not find operation PutDashboard/],
  aws_cloudwatch_event_bus: ['the default bus alone', /CreateEventBus is not known/],
  aws_cloudwatch_log_subscription_filter: ['there are no functions or streams', /PutSubscriptionFilter is not known/],
  'aws_sns_topic with fifo_topic': ['standard topics alone', /there are no FIFO topics/],
  aws_sagemaker_domain: ['Studio is not served', /CreateDomain is not known/],
  aws_sagemaker_notebook_instance: ['notebooks are not served', /CreateNotebookInstance is not known/],
  aws_cloudformation_stack: ['CloudFormation is not served', /The service 'cloudformation' is not known/],
  'aws_servicequotas_service_quota beyond the default': [
    'some are the same for every account',
    /\(Number of rules\) is not adjustable/,
  ],
}

/** What `terraform apply` says of each resource that it could not make, by the type of the resource. */
export function refusedTypes(stderr: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [, words = '', type = ''] of stderr.matchAll(/^Error: (.*?)\n\n {2}with (\w+)\.\w+,/gms))
    found.set(type, words)
  return found
}
