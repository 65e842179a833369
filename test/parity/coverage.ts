/** Services every operation of which has a parity test, marked with where its expectation comes from. */
export const parityServices = [
  ...(['SageMaker', 'IAM', 'STS', 'KMS', 'CloudWatch Logs', 'CloudWatch', 'CloudTrail', 'EventBridge', 'SNS'] as const),
  ...['Application Auto Scaling', 'Service Quotas'],
]

/**
 * Where the operations of the other services are held to their word, by the service id of the model: tests that call
 * them through the gateway's shapes or by an official client.
 */
export const coverage: Readonly<Record<string, readonly string[]>> = {
  'SageMaker Runtime': ['test/e2e/*.ts', 'demo/buyer-steps.ts'],
  'SageMaker Metrics': ['src/metrics/*.test.ts'],
  S3: [
    'test/parity/services.test.ts',
    'test/parity/object-lock.test.ts',
    'src/s3/*.test.ts',
    'test/conformance/s3-clients.test.ts',
  ],
  'EventBridge Dead Letters': ['src/events/*.test.ts', 'test/parity/dead-letters.test.ts'],
  ECR: ['test/parity/services.test.ts', 'test/parity/ecr-*.test.ts', 'src/ecr/*.test.ts'],
  'Marketplace Catalog': ['src/marketplace/**/*.test.ts', 'src/marketplace/*.fixture.ts'],
  'Marketplace Discovery': ['src/marketplace/**/*.test.ts', 'src/marketplace/*.fixture.ts'],
  'Marketplace Agreement': [
    'test/parity/services.test.ts',
    'src/marketplace/**/*.test.ts',
    'src/marketplace/*.fixture.ts',
  ],
  'Marketplace Entitlement Service': ['src/marketplace/**/*.test.ts'],
  'Marketplace Metering': ['test/parity/services.test.ts', 'src/marketplace/**/*.test.ts'],
  'Marketplace Reviews': ['src/marketplace/**/*.test.ts'],
  'Marketplace Reports': ['src/marketplace/**/*.test.ts'],
  'Marketplace Operator': ['src/operator/*.test.ts'],
  'Marketplace Renewals': ['src/marketplace/**/*.test.ts'],
  'Marketplace Procurement': ['src/marketplace/**/*.test.ts'],
  'Marketplace Evaluations': ['src/marketplace/**/*.test.ts'],
  'Marketplace Usage': ['src/marketplace/**/*.test.ts'],
}
