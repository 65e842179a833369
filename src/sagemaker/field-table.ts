import { load } from '../model/load.ts'
import type { ServiceModel, Shape } from '../model/service-model.ts'
import { unsupported } from './unsupported.ts'

/**
 * What becomes of a member of a request: `honoured` changes what happens or what is answered; `returned` is stored and told by
 * Describe; `refused` is answered with an error when given; `limited` is honoured or returned for some values, refused for others.
 */
export type FieldClass = 'honoured' | 'returned' | 'refused' | 'limited'

export interface Field {
  readonly operation: string
  /** Members from the request's root, joined by `.`; lists and maps add nothing. */
  readonly path: string
  readonly class: FieldClass
  /** What it does, or which values are supported. */
  readonly note?: string
  /** It holds further members, which are fields of their own. */
  readonly inner: boolean
}

/** The operation that tells what another has stored. */
export const describes: Readonly<Record<string, string>> = {
  CreateAlgorithm: 'DescribeAlgorithm',
  CreateModelPackageGroup: 'DescribeModelPackageGroup',
  CreateModelPackage: 'DescribeModelPackage',
  UpdateModelPackage: 'DescribeModelPackage',
  CreateModel: 'DescribeModel',
  CreateEndpointConfig: 'DescribeEndpointConfig',
  CreateEndpoint: 'DescribeEndpoint',
  CreateInferenceComponent: 'DescribeInferenceComponent',
  CreateTrainingJob: 'DescribeTrainingJob',
  UpdateTrainingJob: 'DescribeTrainingJob',
  CreateTransformJob: 'DescribeTransformJob',
  CreateHyperParameterTuningJob: 'DescribeHyperParameterTuningJob',
}

const tags = { Tags: 'tags of the resource: ListTags, Search, policies' }
const token = { ClientToken: 'the same request again is answered as before' }

/** Members of writing operations that no Describe tells in the same place, and what they do. A path covers what is inside it. */
export const effects: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CreateAlgorithm: tags,
  CreateModelPackageGroup: tags,
  CreateModelPackage: { ...tags, ...token },
  UpdateModelPackage: {
    ...token,
    CustomerMetadataPropertiesToRemove: 'taken from CustomerMetadataProperties',
    AdditionalInferenceSpecificationsToAdd: 'added to AdditionalInferenceSpecifications',
  },
  CreateModel: tags,
  CreateEndpointConfig: {
    ...tags,
    AsyncInferenceConfig: 'requests are answered later, into S3, and topics are told; DescribeEndpointConfig',
    DataCaptureConfig: 'invocations that are answered whole are captured; DescribeEndpointConfig',
  },
  CreateEndpoint: {
    ...tags,
    DeploymentConfig: 'kept for updates that retain it; LastDeploymentConfig of DescribeEndpoint',
  },
  UpdateEndpoint: {
    EndpointName: 'the endpoint',
    EndpointConfigName: 'deployed; told by DescribeEndpoint when it serves',
    RetainAllVariantProperties: 'weights and instance counts of variants stay',
    ExcludeRetainedVariantProperties: 'which of them do not',
    DeploymentConfig: 'how traffic goes over, and which alarms take it back; LastDeploymentConfig of DescribeEndpoint',
    RetainDeploymentConfig: 'the last one guards this deployment too',
  },
  UpdateEndpointWeightsAndCapacities: {
    EndpointName: 'the endpoint',
    DesiredWeightsAndCapacities: 'weights and instance counts of variants, MaxConcurrency of serverless ones',
  },
  CreateInferenceComponent: {
    ...tags,
    'Specification.Container.Image': 'what the copies run; DeployedImage of DescribeInferenceComponent',
    RuntimeConfig: 'the number of copies; DesiredCopyCount of DescribeInferenceComponent',
  },
  UpdateInferenceComponent: {
    InferenceComponentName: 'the inference component',
    Specification: 'new copies take the place of the old ones; told by DescribeInferenceComponent when they serve',
    RuntimeConfig: 'the number of copies; DesiredCopyCount of DescribeInferenceComponent',
    DeploymentConfig: 'how many copies at a time; LastDeploymentConfig of DescribeInferenceComponent',
  },
  UpdateInferenceComponentRuntimeConfig: {
    InferenceComponentName: 'the inference component',
    DesiredRuntimeConfig: 'the number of copies; DesiredCopyCount of DescribeInferenceComponent',
  },
  CreateTrainingJob: { ...tags, SessionChainingConfig: 'off, as it is here' },
  CreateTransformJob: tags,
  CreateHyperParameterTuningJob: {
    ...tags,
    WarmStartConfig: 'the results of its parents count; told by DescribeHyperParameterTuningJob',
  },
  PutModelPackageGroupPolicy: { '': 'decides over other accounts; GetModelPackageGroupPolicy' },
  AddTags: { '': 'ListTags' },
  DeleteTags: { '': 'ListTags' },
}

const profiler = { ProfilerConfig: 'kept and told; nothing is profiled, and ProfilingStatus is Disabled' }

const isolation = {
  EnableNetworkIsolation: 'unless true, containers reach S3, STS and Logs here as their role, and nothing else',
}

/** Members that are told, and what else becomes of them; some ask for nothing that is done here, as the SDKs send them unasked. */
const told: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CreateTrainingJob: {
    ...profiler,
    ...isolation,
    DebugHookConfig: 'kept and told; without collections there is nothing to save',
  },
  CreateModel: isolation,
  UpdateTrainingJob: profiler,
}

/** Members that an operation's own rules refuse wherever they are given. */
const misplaced: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CreateHyperParameterTuningJob: {
    'TrainingJobDefinition.TuningObjective': 'stands in HyperParameterTuningJobConfig',
    'TrainingJobDefinition.HyperParameterRanges': 'stand in HyperParameterTuningJobConfig',
  },
}

const asking = /^(Describe|List|Get|Search|BatchDescribe|Delete|Stop)/

/** Every member of an operation's request, from the model. Throws for one that none of the rules places. */
export function fieldsOf(operation: string): Field[] {
  const model = load('sagemaker')
  const input = model.operations[operation]?.input
  return input ? [...walk(model, operation, model.shapes[input.shape] as Shape, '', [])] : []
}

function* walk(
  model: ServiceModel,
  operation: string,
  shape: Shape,
  prefix: string,
  within: readonly Shape[],
): Generator<Field> {
  if (within.includes(shape)) return
  if (shape.type === 'list') yield* inside(shape.member?.shape)
  if (shape.type === 'map') yield* inside(shape.value?.shape)
  for (const [name, ref] of Object.entries(shape.members ?? {})) {
    const path = prefix + name
    const inner = [...walk(model, operation, model.shapes[ref.shape] as Shape, `${path}.`, [...within, shape])]
    yield { operation, path, ...classOf(model, operation, path), inner: inner.length > 0 }
    yield* inner
  }

  function* inside(name: string | undefined): Generator<Field> {
    if (name) yield* walk(model, operation, model.shapes[name] as Shape, prefix, [...within, shape])
  }
}

function classOf(model: ServiceModel, operation: string, path: string): Pick<Field, 'class' | 'note'> {
  const elsewhere = Object.entries(misplaced[operation] ?? {}).find(([at]) => covers(at, path))
  if (elsewhere) return { class: 'refused', note: elsewhere[1] }
  const refusal = (unsupported[operation] ?? []).find(rule => covers(rule.path, path))
  if (refusal && !refusal.allowed) return { class: 'refused' }
  if (refusal?.allowed) return { class: 'limited', note: `only ${refusal.allowed.map(String).join(', ')}` }
  const effect = Object.entries(effects[operation] ?? {}).find(([at]) => covers(at, path))
  if (effect) return { class: 'honoured', note: effect[1] }
  if (asking.test(operation)) return { class: 'honoured' }
  if (isDescribed(model, describes[operation], path)) return { class: 'returned', ...noteOf(operation, path) }
  throw new Error(`${operation}: nothing says what becomes of ${path}`)
}

function noteOf(operation: string, path: string): Pick<Field, 'note'> {
  const found = Object.entries(told[operation] ?? {}).find(([at]) => covers(at, path))
  return found ? { note: found[1] } : {}
}

const covers = (rule: string, path: string): boolean => rule === '' || path === rule || path.startsWith(`${rule}.`)

/** Whether the output of a Describe has a member in the same place. */
function isDescribed(model: ServiceModel, describe: string | undefined, path: string): boolean {
  let shape = model.shapes[model.operations[describe ?? '']?.output?.shape ?? '']
  for (const name of path.split('.')) {
    while (shape?.type === 'list' || shape?.type === 'map')
      shape = model.shapes[(shape.type === 'list' ? shape.member : shape.value)?.shape ?? '']
    shape = model.shapes[shape?.members?.[name]?.shape ?? '']
    if (!shape) return false
  }
  return true
}
