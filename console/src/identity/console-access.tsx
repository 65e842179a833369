import {
  CreateLoginProfileCommand,
  DeleteLoginProfileCommand,
  GetLoginProfileCommand,
  type LoginProfile,
  UpdateLoginProfileCommand,
} from '@aws-sdk/client-iam'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Deletion } from '../kit/deletion.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { TextField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { Loaded } from '../kit/loaded.tsx'
import { time } from '../kit/time.ts'
import { client } from './identity.ts'
import { identityTexts } from './identity-texts.ts'

const words = identityTexts.access
const kind = 'login-profile'

/** Null of a user who has no password. */
async function readProfile(UserName: string): Promise<LoginProfile | null> {
  try {
    return (await client().send(new GetLoginProfileCommand({ UserName }))).LoginProfile ?? null
  } catch (error) {
    if ((error as Error).name === 'NoSuchEntityException') return null
    throw error
  }
}

/** Whether a user signs in to the console with a password, and how that is changed. */
export function ConsoleAccess({ user }: { readonly user: string }) {
  const query = useQuery({ queryKey: [kind, user], queryFn: () => readProfile(user) })
  const [asks, setAsks] = useState<'password' | 'removal'>()
  const close = () => setAsks(undefined)
  return (
    <Loaded query={query}>
      {profile => (
        <SpaceBetween size="s">
          <Box>{profile === null ? words.none : words.since(time(profile.CreateDate))}</Box>
          {profile?.PasswordResetRequired && <Box>{words.mustChange}</Box>}
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setAsks('password')}>{profile === null ? words.enable : words.reset}</Button>
            {profile !== null && <Button onClick={() => setAsks('removal')}>{words.disable}</Button>}
          </SpaceBetween>
          {asks === 'password' && <Password user={user} isNew={profile === null} close={close} />}
          {asks === 'removal' && (
            <Deletion
              name={words.password(user)}
              text={words.removal}
              kind={kind}
              run={() => client().send(new DeleteLoginProfileCommand({ UserName: user }))}
              onClose={close}
            />
          )}
        </SpaceBetween>
      )}
    </Loaded>
  )
}

interface Props {
  readonly user: string
  readonly isNew: boolean
  close(): void
}

function Password({ user, isNew, close }: Props) {
  const form = useFormState({ password: '', mustChange: true }, { password: ({ password }) => wanted(password) })
  const { password, mustChange } = form.values
  const input = { UserName: user, Password: password, PasswordResetRequired: mustChange }
  const command = () =>
    isNew ? client().send(new CreateLoginProfileCommand(input)) : client().send(new UpdateLoginProfileCommand(input))
  const title = isNew ? words.enable : words.reset
  return (
    <DialogForm
      title={title}
      form={form}
      submitText={title}
      done={words.done(user)}
      kinds={[kind]}
      submit={command}
      close={close}
    >
      <TextField form={form} name="password" label={words.newPassword} type="password" />
      <Checkbox checked={mustChange} onChange={({ detail }) => form.set('mustChange', detail.checked)}>
        {words.change}
      </Checkbox>
    </DialogForm>
  )
}
