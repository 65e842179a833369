import { ChangePasswordCommand } from '@aws-sdk/client-iam'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { client } from './identity.ts'
import { identityTexts } from './identity-texts.ts'

const words = identityTexts.own

/** A user changes the own password, as the account's password policy lets them. */
export function ChangePassword({ close }: { close(): void }) {
  const form = useFormState(
    { old: '', password: '', again: '' },
    {
      old: ({ old }) => wanted(old),
      password: ({ password }) => wanted(password),
      again: ({ password, again }) => (again === password ? undefined : words.confirmRule),
    },
  )
  const { old, password } = form.values
  return (
    <DialogForm
      title={words.changePassword}
      form={form}
      submitText={words.changePassword}
      done={words.changed}
      kinds={[]}
      submit={() => client().send(new ChangePasswordCommand({ OldPassword: old, NewPassword: password }))}
      close={close}
    >
      <TextField form={form} name="old" label={words.oldPassword} type="password" />
      <TextField form={form} name="password" label={words.newPassword} type="password" />
      <TextField form={form} name="again" label={words.confirm} type="password" />
    </DialogForm>
  )
}
