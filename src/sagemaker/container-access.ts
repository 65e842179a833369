import { DOOR } from '../driver/door-listener.ts'

/** What decides whether a container may ask the platform, and as whom. */
export interface Outreach {
  /** What the request said of EnableNetworkIsolation; rows of old do not tell, and stay closed. */
  readonly isolated: boolean | undefined
  readonly executionRole: string
  /** Of every container beside it, as far as they are products. */
  readonly products: readonly (string | undefined)[]
}

/**
 * As whom a container may ask the platform: as the job's role, unless its owner wants it isolated. A product never may, whatever the
 * request says. Source: SageMaker Developer Guide, "Run Training and Inference Containers in Internet-Free Mode".
 */
export const doorOf = ({ isolated, executionRole, products }: Outreach): string | undefined =>
  isolated === false && products.every(product => product === undefined) ? executionRole : undefined

const url = `http://${DOOR.host}:${DOOR.port}`

/**
 * How AWS's SDKs, the AWS CLI and SageMaker's toolkits in a container find the platform and the credentials of its role: by variables
 * that all of them read. Source: AWS SDKs and Tools Reference Guide, "Container credential provider" and "Service-specific endpoints".
 */
export const doorEnvironment = (region: string): Readonly<Record<string, string>> => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}${DOOR.credentialsPath}`,
  AWS_ENDPOINT_URL: url,
  // What the sagemaker-training toolkit asks for source archives.
  S3_ENDPOINT_URL: url,
  // boto3 does without for S3 and STS on AWS, and not where an endpoint is named.
  AWS_DEFAULT_REGION: region,
})

/**
 * How programs in a container with a door find the hosts that the operator has opened to them: the variables that pip, curl, git and the
 * SDKs read. None where there is no such host, since programs would fail otherwise at what they do not need.
 */
export function tunnelEnvironment(hosts: ReadonlySet<string> = new Set()): Readonly<Record<string, string>> {
  if (hosts.size === 0) return {}
  return { HTTPS_PROXY: url, https_proxy: url, NO_PROXY: notThere, no_proxy: notThere }
}

/** The container itself, and hosts of its job by the names and addresses that they have. */
const notThere = [
  'localhost',
  '127.0.0.1',
  ...Array.from({ length: 125 }, (_, index) => `algo-${index + 1}`),
  '198.18.0.0/15',
].join()
