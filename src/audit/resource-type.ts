/** CloudTrail's types of resources by an ARN's service and first word; S3 and what is alone of its service by the service. */
const types: Readonly<Record<string, string>> = {
  'iam:user': 'AWS::IAM::User',
  'iam:role': 'AWS::IAM::Role',
  'iam:group': 'AWS::IAM::Group',
  'iam:policy': 'AWS::IAM::Policy',
  'iam:instance-profile': 'AWS::IAM::InstanceProfile',
  'iam:root': 'AWS::Account',
  'kms:key': 'AWS::KMS::Key',
  'kms:alias': 'AWS::KMS::Alias',
  'ecr:repository': 'AWS::ECR::Repository',
  'sagemaker:model-package-group': 'AWS::SageMaker::ModelPackageGroup',
  'sagemaker:model-package': 'AWS::SageMaker::ModelPackage',
  'sagemaker:algorithm': 'AWS::SageMaker::Algorithm',
  'sagemaker:endpoint': 'AWS::SageMaker::Endpoint',
  'sagemaker:model': 'AWS::SageMaker::Model',
  'logs:log-group': 'AWS::Logs::LogGroup',
}

/** `AWS::IAM::Role` of a role's ARN; `AWS::Service::Kind` in the ARN's own words where no table says more. */
export function resourceType(arn: string): string {
  const [, , service = '', , , ...rest] = arn.split(':')
  const [kind = ''] = rest.join(':').split(/[:/]/)
  if (service === 's3') return arn.includes('/') ? 'AWS::S3::Object' : 'AWS::S3::Bucket'
  return types[`${service}:${kind}`] ?? `AWS::${service}::${kind}`
}
