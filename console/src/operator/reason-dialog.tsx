import Box from '@cloudscape-design/components/box'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextareaField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { operatorTexts as words } from './operator-texts.ts'

interface Props {
  readonly title: string
  readonly verb: string
  /** Who reads it. */
  readonly why: string
  readonly done: string
  readonly kind: string
  submit(reason: string): Promise<unknown>
  close(): void
}

/** What the operator takes away has a reason, which somebody reads. */
export function ReasonDialog({ title, verb, why, done, kind, submit, close }: Props) {
  const form = useFormState({ reason: '' }, { reason: ({ reason }) => wanted(reason) })
  return (
    <DialogForm
      title={title}
      form={form}
      submitText={verb}
      done={done}
      kinds={[kind]}
      submit={() => submit(form.values.reason)}
      close={close}
    >
      <Box>{why}</Box>
      <TextareaField form={form} name="reason" label={words.reason} />
    </DialogForm>
  )
}
