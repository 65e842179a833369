import type {
  CreateInferenceComponentInput,
  InferenceComponentComputeResourceRequirements,
} from '@aws-sdk/client-sagemaker'
import { useRegion } from '../api/region.ts'
import { DialogForm } from '../kit/dialog-form.tsx'
import { SelectField, TextField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { kitTexts } from '../kit/kit-texts.ts'
import {
  createInferenceComponent,
  type InferenceComponent,
  inferenceComponentKind,
  setCopyCount,
} from './inference-component.ts'
import { useModelChoices } from './model.ts'
import { endpointTexts } from './resource-texts.ts'

const words = endpointTexts.components
const namePattern = /^[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,62}$/
const isCount = (value: string, least: number): boolean => /^\d{1,7}$/.test(value) && Number(value) >= least
const isShare = (value: string): boolean => value === '' || (/^\d{1,4}(?:\.\d{1,2})?$/.test(value) && Number(value) > 0)

interface CreateProps {
  readonly endpoint: string
  readonly variants: readonly string[]
  close(): void
}

/** A model that is put on an endpoint's instances, with what a copy of it needs. */
export function CreateInferenceComponent({ endpoint, variants, close }: CreateProps) {
  const [region] = useRegion()
  const models = useModelChoices()
  const form = useFormState(
    { name: '', variant: variants[0] ?? '', model: '', memory: '1024', cpus: '', copies: '1' },
    {
      name: ({ name }) => (namePattern.test(name) ? undefined : words.form.nameRule),
      variant: ({ variant }) => wanted(variant),
      model: ({ model }) => wanted(model),
      memory: ({ memory }) => (isCount(memory, 128) ? undefined : words.form.memoryRule),
      cpus: ({ cpus }) => (isShare(cpus) ? undefined : words.form.cpusRule),
      copies: ({ copies }) => (isCount(copies, 1) ? undefined : words.form.firstCopiesRule),
    },
  )
  const input = inputOf(endpoint, form.values)
  return (
    <DialogForm
      title={words.form.create}
      form={form}
      submitText={words.form.create}
      done={endpointTexts.created(form.values.name)}
      kinds={[inferenceComponentKind]}
      request={{ service: 'sagemaker', operation: 'CreateInferenceComponent', input }}
      submit={() => createInferenceComponent(region, input)}
      close={close}
    >
      <TextField form={form} name="name" label={words.name} constraint={words.form.nameRule} />
      <SelectField
        form={form}
        name="model"
        label={words.form.model}
        loading={models.isPending}
        placeholder={kitTexts.choose}
        choices={models.data ?? []}
      />
      <SelectField
        form={form}
        name="variant"
        label={words.variant}
        choices={variants.map(value => ({ value, label: value }))}
      />
      <TextField
        form={form}
        name="memory"
        label={words.form.memory}
        inputMode="numeric"
        constraint={words.form.memoryRule}
      />
      <TextField
        form={form}
        name="cpus"
        label={words.form.cpus}
        inputMode="decimal"
        constraint={words.form.cpusRule}
        optional
      />
      <TextField
        form={form}
        name="copies"
        label={words.copies}
        inputMode="numeric"
        constraint={words.form.firstCopiesRule}
      />
    </DialogForm>
  )
}

type CreateValues = Readonly<Record<'name' | 'variant' | 'model' | 'memory' | 'cpus' | 'copies', string>>

function inputOf(EndpointName: string, values: CreateValues): CreateInferenceComponentInput {
  const ComputeResourceRequirements: InferenceComponentComputeResourceRequirements = {
    MinMemoryRequiredInMb: Number(values.memory),
    ...(values.cpus !== '' && { NumberOfCpuCoresRequired: Number(values.cpus) }),
  }
  return {
    ...{ InferenceComponentName: values.name, EndpointName, VariantName: values.variant },
    Specification: { ModelName: values.model, ComputeResourceRequirements },
    RuntimeConfig: { CopyCount: Number(values.copies) },
  }
}

/** How many of it there are to be. */
export function SetCopyCount({ component, close }: { readonly component: InferenceComponent; close(): void }) {
  const [region] = useRegion()
  const name = component.InferenceComponentName ?? ''
  const form = useFormState(
    { copies: String(component.RuntimeConfig?.DesiredCopyCount ?? 1) },
    { copies: ({ copies }) => (isCount(copies, 0) ? undefined : words.form.copiesRule) },
  )
  const CopyCount = Number(form.values.copies)
  return (
    <DialogForm
      title={words.form.setCopies}
      form={form}
      submitText={words.form.setCopies}
      done={words.form.copiesSet(name, form.values.copies)}
      kinds={[inferenceComponentKind]}
      request={{
        ...{ service: 'sagemaker', operation: 'UpdateInferenceComponentRuntimeConfig' },
        input: { InferenceComponentName: name, DesiredRuntimeConfig: { CopyCount } },
      }}
      submit={() => setCopyCount(region, name, CopyCount)}
      close={close}
    >
      <TextField
        form={form}
        name="copies"
        label={words.copies}
        inputMode="numeric"
        constraint={words.form.copiesRule}
      />
    </DialogForm>
  )
}
