import type { CliRequest } from './cli-dialog.tsx'
import { wordsOf } from './words-of.ts'

/** How each client of AWS for JavaScript is called, by the service's name in the AWS CLI. */
const clients: Readonly<Record<string, string>> = {
  sagemaker: 'SageMaker',
  ecr: 'ECR',
  iam: 'IAM',
  kms: 'KMS',
  s3api: 'S3',
  sns: 'SNS',
  logs: 'CloudWatchLogs',
  cloudwatch: 'CloudWatch',
  'marketplace-catalog': 'MarketplaceCatalog',
  'marketplace-agreement': 'MarketplaceAgreement',
}

const packages: Readonly<Record<string, string>> = { s3api: 's3', logs: 'cloudwatch-logs' }

const snake = (name: string): string => wordsOf(name).join('_')
/** boto3 has the CLI's names, except where the CLI has commands of its own. */
const botoName = (service: string): string => (service === 's3api' ? 's3' : service)

/** A request as boto3 sends it. */
export function botoCode({ service, operation, input }: CliRequest): string {
  const members = Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `    ${name}=${pythonLiteral(value, 1)},\n`)
  return `import boto3\n\nboto3.client("${botoName(service)}").${snake(operation)}(\n${members.join('')})`
}

/** A value as Python writes it, laid out like the call around it. */
function pythonLiteral(value: unknown, depth: number): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const entries = Array.isArray(value)
    ? value.map(item => pythonLiteral(item, depth + 1))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => `${JSON.stringify(name)}: ${pythonLiteral(member, depth + 1)}`)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  if (entries.length === 0) return `${open}${close}`
  const indent = '    '.repeat(depth)
  return `${open}\n${entries.map(entry => `${indent}    ${entry},\n`).join('')}${indent}${close}`
}

/** A request as AWS's SDK for JavaScript sends it. */
export function sdkCode({ service, operation, input }: CliRequest): string {
  const client = clients[service]
  if (client === undefined) throw new Error(`no client of AWS for JavaScript is known for ${service}`)
  const from = `@aws-sdk/client-${packages[service] ?? service}`
  return [
    `import { ${client}Client, ${operation}Command } from '${from}'`,
    '',
    `await new ${client}Client().send(new ${operation}Command(${JSON.stringify(input, undefined, 2)}))`,
  ].join('\n')
}
