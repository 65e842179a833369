import { ProductionVariantInstanceType } from '@aws-sdk/client-sagemaker'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Field } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { kitTexts } from '../kit/kit-texts.ts'
import { type EndpointConfigValues, newVariant, type VariantValues } from './endpoint-config-values.ts'
import { useModelChoices } from './model.ts'
import { endpointConfigTexts as words } from './resource-texts.ts'

/** The API takes no more. */
const most = 10
const types = Object.values(ProductionVariantInstanceType).map(value => ({ value, label: value }))

/** A panel a production variant. */
export function VariantFields({ form }: { readonly form: FormState<EndpointConfigValues> }) {
  const { variants } = form.values
  const put = (index: number, change: Partial<VariantValues>) =>
    form.set(
      'variants',
      variants.map((variant, at) => (at === index ? { ...variant, ...change } : variant)),
    )
  return (
    <Field form={form} name="variants">
      <SpaceBetween size="m">
        {variants.map((variant, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a variant is known by its place, its name may be typed anew
          <ExpandableSection key={index} defaultExpanded headerText={variant.name || words.variant}>
            <VariantPanel variant={variant} onChange={change => put(index, change)} />
            <Button
              formAction="none"
              onClick={() =>
                form.set(
                  'variants',
                  variants.filter((_, at) => at !== index),
                )
              }
            >
              {words.form.removeVariant(variant.name)}
            </Button>
          </ExpandableSection>
        ))}
        <Button
          formAction="none"
          disabled={variants.length >= most}
          onClick={() => form.set('variants', [...variants, newVariant(variants.length, '')])}
        >
          {words.form.addModel}
        </Button>
      </SpaceBetween>
    </Field>
  )
}

interface PanelProps {
  readonly variant: VariantValues
  onChange(change: Partial<VariantValues>): void
}

function VariantPanel({ variant, onChange }: PanelProps) {
  const models = useModelChoices()
  const text = (name: 'name' | 'count' | 'weight', label: string) => (
    <FormField label={label}>
      <Input value={variant[name]} onChange={({ detail }) => onChange({ [name]: detail.value })} />
    </FormField>
  )
  return (
    <ColumnLayout columns={2}>
      <FormField label={words.model}>
        <Select
          options={models.data ?? []}
          statusType={models.isPending ? 'loading' : 'finished'}
          filteringType="auto"
          placeholder={kitTexts.choose}
          selectedOption={variant.model === '' ? null : { value: variant.model, label: variant.model }}
          onChange={({ detail }) => onChange({ model: detail.selectedOption.value ?? '' })}
        />
      </FormField>
      {text('name', words.variant)}
      <FormField label={words.instanceType}>
        <Select
          options={types}
          filteringType="auto"
          selectedOption={{ value: variant.instanceType, label: variant.instanceType }}
          onChange={({ detail }) => onChange({ instanceType: detail.selectedOption.value ?? '' })}
        />
      </FormField>
      {text('count', words.count)}
      {text('weight', words.weight)}
    </ColumnLayout>
  )
}
