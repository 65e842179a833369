import { TextField } from './field.tsx'
import type { FormState } from './form-state.ts'
import { kitTexts } from './kit-texts.ts'
import { keyPicker } from './pick-button.tsx'

const words = kitTexts.key

interface Props<Values extends object> {
  readonly form: FormState<Values>
  readonly name: keyof Values & string
  readonly label: string
}

/** A key of KMS, or none: typed, or looked for by its alias. */
export const KeyField = <Values extends object>(props: Props<Values>) => (
  <TextField {...props} optional constraint={words.rule} picker={keyPicker} />
)
