import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Field } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { newRange, type RangeValues, type TuningJobValues } from './tuning-job-values.ts'
import { tuningTexts } from './tuning-texts.ts'

const words = tuningTexts.form
/** SageMaker Developer Guide, "Hyperparameter tuning": so many may be tuned at once. */
const mostRanges = 30

/** A panel a hyperparameter that is tuned. */
export function RangeFields({ form }: { readonly form: FormState<TuningJobValues> }) {
  const { ranges } = form.values
  const put = (index: number, change: Partial<RangeValues>) =>
    form.set(
      'ranges',
      ranges.map((range, at) => (at === index ? { ...range, ...change } : range)),
    )
  return (
    <Field form={form} name="ranges" label={words.ranges}>
      <SpaceBetween size="m">
        {ranges.map((range, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a range is known by its place, its name may be typed anew
          <SpaceBetween key={index} size="xs">
            <RangePanel range={range} onChange={change => put(index, change)} />
            <Button
              formAction="none"
              onClick={() =>
                form.set(
                  'ranges',
                  ranges.filter((_, at) => at !== index),
                )
              }
            >
              {words.removeRange(range.name)}
            </Button>
          </SpaceBetween>
        ))}
        <Button
          formAction="none"
          disabled={ranges.length >= mostRanges}
          onClick={() => form.set('ranges', [...ranges, newRange])}
        >
          {words.addRange}
        </Button>
      </SpaceBetween>
    </Field>
  )
}

interface PanelProps {
  readonly range: RangeValues
  onChange(change: Partial<RangeValues>): void
}

const options = {
  type: ['Integer', 'Continuous', 'Categorical'],
  scaling: ['Auto', 'Linear', 'Logarithmic', 'ReverseLogarithmic'],
} as const

function RangePanel({ range, onChange }: PanelProps) {
  const text = (name: 'name' | 'min' | 'max' | 'values', label: string) => (
    <FormField label={label}>
      <Input value={range[name]} onChange={({ detail }) => onChange({ [name]: detail.value })} />
    </FormField>
  )
  const select = (name: keyof typeof options, label: string) => (
    <FormField label={label}>
      <Select
        options={options[name].map(value => ({ value }))}
        selectedOption={{ value: range[name] }}
        onChange={({ detail }) => onChange({ [name]: detail.selectedOption.value })}
      />
    </FormField>
  )
  return (
    <ColumnLayout columns={2}>
      {text('name', words.rangeName)}
      {select('type', words.rangeType)}
      {range.type === 'Categorical' ? (
        text('values', words.values)
      ) : (
        <>
          {text('min', words.min)}
          {text('max', words.max)}
          {select('scaling', words.scaling)}
        </>
      )}
    </ColumnLayout>
  )
}
