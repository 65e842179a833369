import type { ReactNode } from 'react'
import type { CliRequest } from '../kit/cli-dialog.tsx'
import { DialogForm } from '../kit/dialog-form.tsx'
import { SelectField, TextareaField, TextField } from '../kit/field.tsx'
import { useFormState } from '../kit/form-state.ts'
import { isJson } from '../kit/is-json.ts'
import { createPolicy, createServiceRole, serviceRole } from './identity-lists.ts'
import { identityTexts as texts } from './identity-texts.ts'

const nameRule = ({ name }: { readonly name: string }) => (/^[\w+=,.@-]{1,64}$/.test(name) ? undefined : texts.nameRule)

interface Props {
  readonly title: string
  readonly label: string
  /** Of the list. */
  readonly kind: string
  requestOf(name: string): CliRequest
  create(name: string): Promise<unknown>
  close(): void
}

/** Makes what has nothing but a name. */
export function CreateNamed({ title, label, kind, requestOf, create, close }: Props) {
  const form = useFormState({ name: '' }, { name: nameRule })
  return (
    <DialogForm
      title={title}
      form={form}
      submitText={title}
      done={texts.created(form.values.name)}
      kinds={[kind]}
      request={requestOf(form.values.name)}
      submit={() => create(form.values.name)}
      close={close}
    >
      <TextField form={form} name="name" label={label} constraint={texts.nameRule} />
    </DialogForm>
  )
}

/** Services that take roles here. */
const services = ['sagemaker.amazonaws.com', 'assets.marketplace.amazonaws.com', 'events.amazonaws.com']

export function CreateRole({ close }: { close(): void }): ReactNode {
  const form = useFormState({ name: '', service: services[0] as string }, { name: nameRule })
  return (
    <DialogForm
      title={texts.roles.create}
      form={form}
      submitText={texts.roles.create}
      done={texts.created(form.values.name)}
      kinds={['roles-list', 'roles']}
      request={{ service: 'iam', operation: 'CreateRole', input: serviceRole(form.values.name, form.values.service) }}
      submit={() => createServiceRole(form.values.name, form.values.service)}
      close={close}
    >
      <TextField form={form} name="name" label={texts.name.role} constraint={texts.nameRule} />
      <SelectField
        form={form}
        name="service"
        label={texts.trustedService}
        choices={services.map(value => ({ value, label: value }))}
      />
    </DialogForm>
  )
}

const example = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['sagemaker:InvokeEndpoint'], Resource: '*' }],
}

export function CreatePolicy({ close }: { close(): void }): ReactNode {
  const form = useFormState(
    { name: '', document: JSON.stringify(example, null, 2) },
    { name: nameRule, document: ({ document }) => (isJson(document) ? undefined : texts.documentRule) },
  )
  return (
    <DialogForm
      title={texts.policies.create}
      form={form}
      submitText={texts.policies.create}
      done={texts.created(form.values.name)}
      kinds={['policies']}
      request={{
        ...{ service: 'iam', operation: 'CreatePolicy' },
        input: { PolicyName: form.values.name, PolicyDocument: form.values.document },
      }}
      submit={() => createPolicy(form.values.name, form.values.document)}
      close={close}
    >
      <TextField form={form} name="name" label={texts.name.policy} constraint={texts.nameRule} />
      <TextareaField form={form} name="document" label={texts.document} rows={12} />
    </DialogForm>
  )
}
