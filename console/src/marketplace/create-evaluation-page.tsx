import Spinner from '@cloudscape-design/components/spinner'
import { Field, SelectField, TextField } from '../kit/field.tsx'
import { type FormState, type Rules, useFormState, wanted } from '../kit/form-state.ts'
import { PageForm } from '../kit/page-form.tsx'
import { PairRows, pairsAreRight } from '../kit/pair-rows.tsx'
import { s3Picker } from '../kit/pick-button.tsx'
import { RoleField } from '../kit/role-field.tsx'
import { useUrlState } from '../route/location.ts'
import { pathTo } from '../route/path-table.ts'
import { told } from '../shell/notices.tsx'
import { startEvaluation } from './evaluation.ts'
import { evaluationTexts } from './evaluation-texts.ts'
import {
  type ChosenProduct,
  type EvaluationValues,
  emptyEvaluation,
  evaluationRequest,
  hasPositive,
  isHeldToLabels,
  someLearn,
} from './evaluation-values.ts'
import { ProductField, useFoundProducts } from './product-field.tsx'

const words = evaluationTexts.form
const s3 = (uri: string) => (/^s3:\/\/[^/]/.test(uri.trim()) ? undefined : words.s3Rule)

const rules: Rules<EvaluationValues> = {
  products: ({ products }) => (products.length > 0 && products.length <= 5 ? undefined : words.productsRule),
  role: ({ role }) => wanted(role),
  input: ({ input }) => s3(input),
  contentType: ({ contentType }) => wanted(contentType),
  channels: values => {
    const isRight = pairsAreRight(values.channels) && values.channels.every(({ value }) => s3(value) === undefined)
    return !someLearn(values) || (values.channels.length > 0 && isRight) ? undefined : words.channelsRule
  },
  trainingType: ({ trainingType }) => wanted(trainingType),
  hyperParameters: ({ hyperParameters }) => (pairsAreRight(hyperParameters) ? undefined : words.pairRule),
  output: ({ output }) => s3(output),
  labels: ({ labels, metric }) => {
    if (!isHeldToLabels(metric)) return undefined
    return labels.trim() === '' ? words.labelsRule : s3(labels)
  },
  column: ({ column }) => (/^\d*$/.test(column.trim()) ? undefined : words.columnRule),
  field: ({ column, field }) => (column.trim() !== '' && field.trim() !== '' ? words.oneOf : undefined),
}

/** The form, with a product chosen already where the shop leads here (`?text=NAME&productId=ID`). */
export default function CreateEvaluationPage() {
  const [productId] = useUrlState('productId', '')
  const [text] = useUrlState('text', '')
  const { data: found, error } = useFoundProducts(text)
  if (productId !== '' && !found && !error) return <Spinner size="large" />
  return <EvaluationForm products={(found ?? []).filter(({ id }) => id === productId)} />
}

function EvaluationForm({ products }: { readonly products: readonly ChosenProduct[] }) {
  const form = useFormState<EvaluationValues>({ ...emptyEvaluation, products }, rules)
  const learning = { title: words.learning, content: <Learning form={form} /> }
  return (
    <PageForm
      title={words.title}
      description={words.description}
      form={form}
      sections={[
        { title: words.products, content: <ProductField form={form} /> },
        ...(someLearn(form.values) ? [learning] : []),
        { title: words.rows, content: <Rows form={form} /> },
        { title: words.comparison, content: <Comparison form={form} /> },
      ]}
      submitText={words.title}
      back={pathTo('evaluations')}
      submit={async () => {
        const name = await startEvaluation(evaluationRequest(form.values))
        told(words.started)
        return pathTo('evaluation', { name })
      }}
    />
  )
}

interface Props {
  readonly form: FormState<EvaluationValues>
}

const Learning = ({ form }: Props) => (
  <>
    <Field form={form} name="channels" description={words.learningWhy}>
      <PairRows
        pairs={form.values.channels}
        add={words.addChannel}
        keyLabel={words.channel}
        valueLabel={words.location}
        most={20}
        onChange={pairs => form.set('channels', pairs)}
      />
    </Field>
    <TextField form={form} name="trainingType" label={words.trainingType} />
    <Field form={form} name="hyperParameters" label={words.hyperParameters} optional>
      <PairRows
        pairs={form.values.hyperParameters}
        add={words.addHyperParameter}
        most={100}
        onChange={pairs => form.set('hyperParameters', pairs)}
      />
    </Field>
  </>
)

const Rows = ({ form }: Props) => (
  <>
    <RoleField form={form} label={evaluationTexts.role} description={words.roleWhy} />
    <TextField form={form} name="input" label={words.input} description={words.inputWhy} picker={s3Picker} />
    <TextField form={form} name="contentType" label={evaluationTexts.contentType} />
    <TextField form={form} name="output" label={words.output} picker={s3Picker} />
  </>
)

const metrics = Object.entries(evaluationTexts.metrics).map(([value, description]) => ({ value, description }))

const Comparison = ({ form }: Props) => {
  const { metric } = form.values
  return (
    <>
      <SelectField form={form} name="metric" label={words.metric} choices={metrics} />
      {isHeldToLabels(metric) && (
        <>
          <TextField form={form} name="labels" label={words.labels} description={words.labelsWhy} picker={s3Picker} />
          <TextField form={form} name="column" label={words.column} description={words.columnWhy} optional />
          <TextField form={form} name="field" label={words.field} description={words.fieldWhy} optional />
        </>
      )}
      {hasPositive(metric) && (
        <TextField form={form} name="positive" label={words.positive} description={words.positiveWhy} optional />
      )}
    </>
  )
}
