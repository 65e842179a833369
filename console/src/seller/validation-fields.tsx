import Alert from '@cloudscape-design/components/alert'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { RadioField, TextField } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { RoleField } from '../kit/role-field.tsx'
import { transformJobDefinition } from './definition-shapes.ts'
import { JsonEditor } from './json-editor.tsx'
import { type ServingValues, transformText, type ValidationValues } from './product-values.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.validation
const yesNo = [
  { value: 'yes', label: words.yes },
  { value: 'no', label: words.no },
]

/** The content type is passed on as it stands: these are the guides’ examples, and any other may be typed. */
const transformChoices = [
  { path: 'TransformInput.ContentType', values: ['application/json', 'text/plain', 'text/csv', 'image/png'] },
  { path: 'TransformInput.SplitType', values: ['None', 'Line', 'RecordIO', 'TFRecord'] },
]

type Values = ServingValues & ValidationValues

interface Props<Own extends Values> {
  readonly form: FormState<Own>
  readonly what: string
}

/** Whether it is for the marketplace, and by whom it is tried. */
export const ValidationChoice = <Own extends Values>({ form, what }: Props<Own>) => (
  <SpaceBetween size="m">
    <RadioField
      form={form}
      name="publishes"
      label={words.publish(what)}
      description={words.publishWhy}
      choices={yesNo}
      onChoice={value => value === 'yes' && form.set('validates', 'yes' as Own['validates'])}
    />
    <RadioField form={form} name="validates" label={words.validate} description={words.validateWhy} choices={yesNo} />
    {form.values.validates === 'yes' && <RoleField form={form} label={words.role} description={words.roleWhy} />}
  </SpaceBetween>
)

/** What is run with which data; `children` stand before the transform job. */
export const ValidationProfile = <Own extends Values>({
  form,
  transforms = true,
  children,
}: Pick<Props<Own>, 'form'> & { readonly transforms?: boolean; readonly children?: ReactNode }) => (
  <SpaceBetween size="m">
    <Alert type="warning">{words.warning}</Alert>
    <TextField form={form} name="profileName" label={words.profileName} />
    {children}
    {transforms && (
      <JsonEditor
        form={form}
        name="transformJob"
        label={words.transformJob}
        description={words.transformWhy}
        text={transformText(form.values)}
        shape={transformJobDefinition}
        choices={transformChoices}
      />
    )}
  </SpaceBetween>
)
