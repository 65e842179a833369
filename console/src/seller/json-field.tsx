import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { Field } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { jsonRule } from './product-rules.ts'
import { json } from './product-values.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.validation

interface Props<Values extends object> {
  readonly form: FormState<Values>
  readonly name: keyof Values & string
  readonly label: string
  readonly description: string
  /** What stands in it: typed, or a template. */
  readonly text: string
}

/** A document to be edited, which begins as a template of what was said before. */
export function JsonField<Values extends object>({ form, name, label, description, text }: Props<Values>) {
  const set = (value: string) => form.set(name, value as Values[typeof name])
  const isJson = jsonRule(text) === undefined
  return (
    <SpaceBetween size="xs">
      <Field form={form} name={name} label={label} description={description}>
        <Textarea
          value={text}
          rows={Math.min(24, text.split('\n').length + 1)}
          spellcheck={false}
          onChange={({ detail }) => set(detail.value)}
        />
      </Field>
      <SpaceBetween direction="horizontal" size="xs">
        <Button ariaLabel={`${words.format}: ${label}`} disabled={!isJson} onClick={() => set(json(JSON.parse(text)))}>
          {words.format}
        </Button>
        <Button ariaLabel={`${words.reset}: ${label}`} onClick={() => set('')}>
          {words.reset}
        </Button>
      </SpaceBetween>
    </SpaceBetween>
  )
}
