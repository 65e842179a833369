import AttributeEditor from '@cloudscape-design/components/attribute-editor'
import Input from '@cloudscape-design/components/input'
import Select from '@cloudscape-design/components/select'
import { Field } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { texts } from '../texts.ts'
import type { AlgorithmValues, MetricValues } from './algorithm-values.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.algorithm
/** The API takes no more. */
const most = 40
const objectives = [
  { value: '', label: words.noObjective },
  { value: 'Maximize', label: 'Maximize' },
  { value: 'Minimize', label: 'Minimize' },
]

/** What is read out of the lines that the container prints, and what tuning goes by. */
export function MetricFields({ form }: { readonly form: FormState<AlgorithmValues> }) {
  const { metrics } = form.values
  const put = (index: number, change: Partial<MetricValues>) =>
    form.set(
      'metrics',
      metrics.map((metric, at) => (at === index ? { ...metric, ...change } : metric)),
    )
  const text = (name: 'name' | 'regex') => (metric: MetricValues, index: number) => (
    <Input value={metric[name]} onChange={({ detail }) => put(index, { [name]: detail.value })} />
  )
  return (
    <Field form={form} name="metrics">
      <AttributeEditor<MetricValues>
        items={metrics}
        addButtonText={words.addMetric}
        removeButtonText={texts.form.remove}
        disableAddButton={metrics.length >= most}
        onAddButtonClick={() => form.set('metrics', [...metrics, { name: '', regex: '', objective: '' }])}
        onRemoveButtonClick={({ detail }) =>
          form.set(
            'metrics',
            metrics.filter((_, at) => at !== detail.itemIndex),
          )
        }
        definition={[
          { label: words.metricName, control: text('name') },
          { label: words.regex, control: text('regex') },
          {
            label: words.objective,
            control: (metric, index) => (
              <Select
                options={objectives}
                selectedOption={objectives.find(({ value }) => value === metric.objective) ?? null}
                onChange={({ detail }) =>
                  put(index, { objective: detail.selectedOption.value as MetricValues['objective'] })
                }
              />
            ),
          },
        ]}
      />
    </Field>
  )
}
