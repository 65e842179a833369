import type { Resource } from '../../store/resources.ts'
import { stateChange } from '../state-change.ts'

interface Deployed {
  readonly configName: string
  readonly variants: readonly {
    readonly name: string
    readonly weight: number
    readonly isShadow?: true
    readonly serverless?: object
  }[]
  readonly hosts: readonly { readonly variant: string }[]
}

/** Of an endpoint's row what its events tell. */
interface Serving extends Resource {
  readonly live?: Deployed
  readonly target?: Deployed
  readonly failureReason?: string
}

/** `IN_SERVICE`, as events have what Describe tells as `InService`. */
const upper = (status: string): string => status.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()

const variantsTold = ({ variants, hosts }: Deployed) =>
  variants
    .filter(({ isShadow }) => !isShadow)
    .map(({ name, weight, serverless }) => ({
      VariantName: name,
      DesiredWeight: weight,
      ...(!serverless && { DesiredInstanceCount: hosts.filter(({ variant }) => variant === name).length }),
    }))

/** Told with each status of an endpoint, up to that it is being deleted. */
export const endpointChange = stateChange<Serving>({
  detailType: 'SageMaker Endpoint State Change',
  detail: row => {
    const deployment = row.target ?? row.live
    return {
      EndpointName: row.name,
      EndpointArn: row.arn,
      EndpointConfigName: deployment?.configName,
      ProductionVariants: deployment && variantsTold(deployment),
      EndpointStatus: upper(row.status),
      FailureReason: row.failureReason,
      CreationTime: row.created,
      LastModifiedTime: row.modified,
    }
  },
})

interface Modelled extends Resource {
  readonly executionRole: string
  readonly isolated: boolean
  readonly primary?: boolean
  readonly containers: readonly { readonly definition: object }[]
}

/** Told when a model is made or deleted. AWS shows no detail; `ModelStatus` is ours, since nothing else would tell the one from the other. */
export const modelChange = stateChange<Modelled>({
  detailType: 'SageMaker Model State Change',
  gone: { ModelStatus: 'Deleted' },
  detail: row => {
    const definitions = row.containers.map(({ definition }) => definition)
    return {
      ModelName: row.name,
      ModelArn: row.arn,
      ModelStatus: 'Created',
      ...(row.primary ? { PrimaryContainer: definitions[0] } : { Containers: definitions }),
      ExecutionRoleArn: row.executionRole,
      EnableNetworkIsolation: row.isolated,
      CreationTime: row.created,
    }
  },
})
