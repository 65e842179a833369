import { DialogForm } from '../kit/dialog-form.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { accounts, askOperator } from './operator-api.ts'
import { operatorTexts as words } from './operator-texts.ts'

export function CreateAccount({ close }: { close(): void }) {
  const form = useFormState(
    { name: '' },
    { name: ({ name }) => (/^[\w.-]{1,64}$/.test(name) ? undefined : words.nameRule) },
  )
  return (
    <DialogForm
      title={words.accounts.create}
      form={form}
      submitText={words.accounts.create}
      done={words.created(form.values.name)}
      kinds={[accounts.kind]}
      submit={() => askOperator('POST', '/accounts', { accountName: form.values.name })}
      close={close}
    >
      <TextField form={form} name="name" label={words.name} constraint={words.nameRule} />
    </DialogForm>
  )
}
