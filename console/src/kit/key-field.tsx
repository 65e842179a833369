import { TextField } from './field.tsx'
import type { FormState } from './form-state.ts'
import { keyPicker } from './pick-button.tsx'

const words = { rule: 'Key ID, ARN or alias; no custom encryption when it is empty.' }

interface Props<Values extends object> {
  readonly form: FormState<Values>
  readonly name: keyof Values & string
  readonly label: string
}

/** A key of KMS, or none: typed, or looked for by its alias. */
export const KeyField = <Values extends object>(props: Props<Values>) => (
  <TextField {...props} optional constraint={words.rule} picker={keyPicker} />
)
