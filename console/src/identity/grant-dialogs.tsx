import { ListGroupsCommand, ListPoliciesCommand } from '@aws-sdk/client-iam'
import { useQuery } from '@tanstack/react-query'
import { DialogForm } from '../kit/dialog-form.tsx'
import { SelectField } from '../kit/field.tsx'
import { useFormState, wanted } from '../kit/form-state.ts'
import { addToGroup, client, type IdentityKind, operationsOf } from './identity.ts'
import { identityTexts as texts } from './identity-texts.ts'

/** So many are offered. */
const MaxItems = 1000

interface Props {
  readonly kind: IdentityKind
  readonly name: string
  close(): void
}

/** Attaches a policy, of AWS or of the account. */
export function AddPermissions({ kind, name, close }: Props) {
  const query = useQuery({
    queryKey: ['policies', 'choices'],
    queryFn: async () => (await client().send(new ListPoliciesCommand({ MaxItems }))).Policies ?? [],
  })
  const form = useFormState({ arn: '' }, { arn: ({ arn }) => wanted(arn) })
  const choices = (query.data ?? []).map(({ Arn = '', PolicyName = '' }) => ({ value: Arn, label: PolicyName }))
  return (
    <DialogForm
      title={texts.addPermissions}
      form={form}
      submitText={texts.addPermissions}
      done={texts.attached(choices.find(({ value }) => value === form.values.arn)?.label ?? texts.policy)}
      kinds={['identity']}
      submit={() => operationsOf[kind].attach(name, form.values.arn)}
      close={close}
    >
      <SelectField
        form={form}
        name="arn"
        label={texts.policy}
        choices={choices}
        loading={query.isPending}
        placeholder={texts.choosePolicy}
      />
    </DialogForm>
  )
}

export function AddToGroup({ user, close }: { readonly user: string; close(): void }) {
  const query = useQuery({
    queryKey: ['groups', 'choices'],
    queryFn: async () => (await client().send(new ListGroupsCommand({ MaxItems }))).Groups ?? [],
  })
  const form = useFormState({ group: '' }, { group: ({ group }) => wanted(group) })
  return (
    <DialogForm
      title={texts.addToGroup}
      form={form}
      submitText={texts.addToGroup}
      done={texts.addedToGroup}
      kinds={['identity']}
      submit={() => addToGroup(user, form.values.group)}
      close={close}
    >
      <SelectField
        form={form}
        name="group"
        label={texts.group}
        choices={(query.data ?? []).map(({ GroupName = '' }) => ({ value: GroupName, label: GroupName }))}
        loading={query.isPending}
        placeholder={texts.chooseGroup}
        empty={texts.noGroups}
      />
    </DialogForm>
  )
}
