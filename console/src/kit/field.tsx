import FormField from '@cloudscape-design/components/form-field'
import Input, { type InputProps } from '@cloudscape-design/components/input'
import Multiselect from '@cloudscape-design/components/multiselect'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Select from '@cloudscape-design/components/select'
import Textarea from '@cloudscape-design/components/textarea'
import type { ReactNode } from 'react'
import { texts } from '../texts.ts'
import type { FormState } from './form-state.ts'
import { PickButton, type Picker } from './pick-button.tsx'

interface FieldProps<Values extends object> {
  readonly form: FormState<Values>
  readonly name: keyof Values & string
  /** Absent where the heading of the section says it. */
  readonly label?: string
  readonly optional?: boolean
  readonly constraint?: string
  readonly description?: string
}

/** A control with its label, what it takes, and what is wrong with it. */
export const Field = <Values extends object>(
  props: FieldProps<Values> & { readonly children: ReactNode; readonly beside?: ReactNode },
) => (
  <div data-field={props.name}>
    <FormField
      label={
        props.optional ? (
          <span>
            {props.label}
            <i>{texts.form.optional}</i>
          </span>
        ) : (
          props.label
        )
      }
      description={props.description}
      constraintText={props.constraint}
      errorText={props.form.errorOf(props.name)}
      secondaryControl={props.beside}
    >
      {props.children}
    </FormField>
  </div>
)

type TextProps<Values extends object> = FieldProps<Values> &
  Pick<InputProps, 'type' | 'inputMode' | 'placeholder'> & {
    /** Where what is wanted can be looked for. */
    readonly picker?: Picker
  }

export const TextField = <Values extends object>({
  type,
  inputMode,
  placeholder,
  picker,
  ...props
}: TextProps<Values>) => (
  <Field
    {...props}
    {...(picker && {
      beside: (
        <PickButton
          picker={picker}
          onChosen={value => props.form.set(props.name, value as Values[typeof props.name])}
        />
      ),
    })}
  >
    <Input
      value={String(props.form.values[props.name])}
      {...(type && { type })}
      {...(inputMode && { inputMode })}
      {...(placeholder !== undefined && { placeholder })}
      onChange={({ detail }) => props.form.set(props.name, detail.value as Values[typeof props.name])}
    />
  </Field>
)

export interface Choice {
  readonly value: string
  readonly label?: string
  readonly description?: string
}

type SelectProps<Values extends object> = FieldProps<Values> & {
  readonly choices: readonly Choice[]
  readonly loading?: boolean
  readonly placeholder?: string
  readonly empty?: string
  onChoice?(value: string): void
}

export const SelectField = <Values extends object>({
  choices,
  loading,
  placeholder,
  empty,
  onChoice,
  ...props
}: SelectProps<Values>) => {
  const value = String(props.form.values[props.name])
  const chosen = choices.find(choice => choice.value === value) ?? (value === '' ? null : { value, label: value })
  return (
    <Field {...props}>
      <Select
        options={choices}
        selectedOption={chosen}
        filteringType={choices.length > 8 ? 'auto' : 'none'}
        statusType={loading ? 'loading' : 'finished'}
        {...(placeholder !== undefined && { placeholder })}
        {...(empty !== undefined && { empty })}
        onChange={({ detail: { selectedOption } }) => {
          props.form.set(props.name, selectedOption.value as Values[typeof props.name])
          onChoice?.(selectedOption.value ?? '')
        }}
      />
    </Field>
  )
}

export const TextareaField = <Values extends object>({
  rows = 3,
  ...props
}: FieldProps<Values> & { readonly rows?: number }) => (
  <Field {...props}>
    <Textarea
      value={String(props.form.values[props.name])}
      rows={rows}
      onChange={({ detail }) => props.form.set(props.name, detail.value as Values[typeof props.name])}
    />
  </Field>
)

/** One of a few, all of which are seen. */
export const RadioField = <Values extends object>({
  choices,
  onChoice,
  ...props
}: FieldProps<Values> & { readonly choices: readonly Choice[]; onChoice?(value: string): void }) => (
  <Field {...props}>
    <RadioGroup
      value={String(props.form.values[props.name])}
      items={choices.map(({ value, label = value, description }) => ({ value, label, description }))}
      onChange={({ detail }) => {
        props.form.set(props.name, detail.value as Values[typeof props.name])
        onChoice?.(detail.value)
      }}
    />
  </Field>
)

export interface ChoiceGroup {
  readonly label: string
  readonly options: readonly Choice[]
}

/** Several of many. */
export const MultiselectField = <Values extends object>({
  groups,
  placeholder,
  ...props
}: FieldProps<Values> & { readonly groups: readonly ChoiceGroup[]; readonly placeholder: string }) => {
  const values = props.form.values[props.name] as readonly string[]
  return (
    <Field {...props}>
      <Multiselect
        options={groups}
        selectedOptions={values.map(value => ({ value, label: value }))}
        filteringType="auto"
        placeholder={placeholder}
        tokenLimit={8}
        deselectAriaLabel={option => `${texts.form.remove} ${option.label}`}
        onChange={({ detail }) =>
          props.form.set(props.name, detail.selectedOptions.map(({ value }) => value) as Values[typeof props.name])
        }
      />
    </Field>
  )
}
