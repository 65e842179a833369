import { SelectField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { PageForm } from '../kit/page-form.tsx'
import { pathTo } from '../route/path-table.ts'
import { texts } from '../texts.ts'
import { accountOf, switchRole } from './session.ts'
import { roleColors } from './switched-role.ts'

const words = texts.switchRole
/** Digits, or an alias (IAM API Reference, CreateAccountAlias). */
const isAccount = /^(\d{12}|(?!\d{12}$)[a-z\d](?:[a-z\d]|-(?!-)){1,61}[a-z\d])$/

/** What a link to it may hold, by the names of AWS's own. */
function given() {
  const query = new URLSearchParams(window.location.search)
  const text = (name: string) => query.get(name) ?? ''
  return { account: text('account'), roleName: text('roleName'), displayName: text('displayName') }
}

/** Takes a role of this account or another, as STS and the role's trust policy let whoever has signed in. */
export default function SwitchRolePage() {
  const form = useFormState(
    { ...given(), color: 'none' as (typeof roleColors)[number] },
    {
      account: ({ account }) => (isAccount.test(account.trim()) ? undefined : words.accountRule),
      roleName: ({ roleName }) => (/^[\w+=,.@/-]{1,512}$/.test(roleName.trim()) ? undefined : words.roleNameRule),
      displayName: ({ displayName }) => (displayName.length > 64 ? words.displayNameRule : undefined),
    },
  )
  const submit = async () => {
    const named = form.values.account.trim()
    const name = form.values.roleName.trim().replace(/^\//, '')
    const displayName = form.values.displayName.trim() || `${name} @ ${named}`
    const account = await accountOf(named)
    form.settle()
    await switchRole({ account, name, displayName, color: form.values.color })
    return pathTo('home')
  }
  const fields = (
    <>
      <TextField form={form} name="account" label={words.account} constraint={words.accountRule} />
      <TextField form={form} name="roleName" label={words.roleName} constraint={words.roleNameRule} />
      <TextField form={form} name="displayName" label={words.displayName} constraint={words.displayNameWhy} optional />
      <SelectField
        form={form}
        name="color"
        label={words.color}
        choices={roleColors.map(value => ({ value, label: words.colors[value] }))}
        optional
      />
    </>
  )
  return (
    <PageForm
      title={words.title}
      description={words.description}
      form={form}
      sections={[{ title: words.role, content: fields }]}
      submitText={words.title}
      back={pathTo('home')}
      submit={submit}
    />
  )
}
