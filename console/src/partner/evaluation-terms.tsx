import { DialogForm } from '../kit/dialog-form.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { saveEvaluationTerms, useEvaluationTerms } from '../marketplace/evaluation.ts'
import { partnerTexts } from './partner-texts.ts'

const words = partnerTexts.evaluation

interface Props {
  readonly productId: string
  close(): void
}

/** What may be evaluated of a product before it is bought, as it stands. */
export function EvaluationTermsDialog({ productId, close }: Props) {
  const { data } = useEvaluationTerms(productId)
  return data === undefined ? null : <TermsForm productId={productId} terms={data?.terms} close={close} />
}

const limits = { rows: 100_000, minutes: 1440, evaluations: 1000 }

function TermsForm({ productId, terms, close }: Props & { readonly terms: Parameters<typeof saveEvaluationTerms>[1] }) {
  const form = useFormState(
    {
      rows: String(terms?.maxRows ?? ''),
      minutes: String(terms?.maxMinutes ?? ''),
      evaluations: String(terms?.maxEvaluations ?? ''),
    },
    {
      rows: values => problem(values, 'rows'),
      minutes: values => problem(values, 'minutes'),
      evaluations: values => problem(values, 'evaluations'),
    },
  )
  const { rows, minutes, evaluations } = form.values
  const wanted = isNothing(form.values)
    ? undefined
    : { maxRows: Number(rows), maxMinutes: Number(minutes), maxEvaluations: Number(evaluations) }
  return (
    <DialogForm
      title={words.title}
      form={form}
      submitText={words.save}
      done={wanted ? words.saved : words.ended}
      kinds={[]}
      submit={() => saveEvaluationTerms(productId, wanted)}
      close={close}
    >
      <div>{words.why}</div>
      <TextField form={form} name="rows" label={words.rows} />
      <TextField form={form} name="minutes" label={words.minutes} />
      <TextField form={form} name="evaluations" label={words.evaluations} />
    </DialogForm>
  )
}

type Values = Readonly<Record<keyof typeof limits, string>>

const isNothing = (values: Values): boolean => Object.values(values).every(value => value.trim() === '')

function problem(values: Values, name: keyof typeof limits): string | undefined {
  const number = Number(values[name])
  const fits = /^\d+$/.test(values[name].trim()) && number >= 1 && number <= limits[name]
  return fits || isNothing(values) ? undefined : words.rule(limits[name])
}
