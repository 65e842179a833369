import type { CreateModelInput } from '@aws-sdk/client-sagemaker'
import type { Pair } from './training-job-values.ts'

/** The form of a model as it stands on the screen. */
export interface ModelValues {
  readonly name: string
  readonly role: string
  readonly source: string
  readonly image: string
  readonly artifacts: string
  readonly hostname: string
  readonly modelPackage: string
  readonly environment: readonly Pair[]
  readonly isIsolated: boolean
  readonly tags: readonly Pair[]
}

export const newModel: ModelValues = {
  ...{ name: '', role: '', source: 'artifacts', image: '', artifacts: '', hostname: '', modelPackage: '' },
  ...{ environment: [], isIsolated: false, tags: [] },
}

/** The form for a model package; one of another account is a subscription. */
export const modelFor = (modelPackage: string, account: string): ModelValues => ({
  ...newModel,
  modelPackage,
  source: modelPackage.startsWith('arn:') && modelPackage.split(':')[4] !== account ? 'subscription' : 'package',
})

const optional = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())

/** The request that the form stands for. What was bought always runs isolated. */
export function modelRequest(values: ModelValues, isBought: boolean): CreateModelInput {
  const fromImage = { Image: values.image.trim(), ModelDataUrl: optional(values.artifacts) }
  const source = values.source === 'artifacts' ? fromImage : { ModelPackageName: values.modelPackage.trim() }
  const environment = Object.fromEntries(values.environment.map(({ key, value }) => [key, value]))
  return {
    ModelName: values.name,
    ExecutionRoleArn: values.role,
    PrimaryContainer: {
      ...source,
      ContainerHostname: optional(values.hostname),
      ...(values.environment.length > 0 && { Environment: environment }),
    },
    ...((values.isIsolated || isBought) && { EnableNetworkIsolation: true }),
    Tags: values.tags.length === 0 ? undefined : values.tags.map(({ key, value }) => ({ Key: key, Value: value })),
  }
}
