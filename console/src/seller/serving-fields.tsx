import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { MultiselectField, TextField } from '../kit/field.tsx'
import type { FormState } from '../kit/form-state.ts'
import { imagePicker } from '../kit/pick-button.tsx'
import { realtimeTypes, transformTypes } from './instance-types.ts'
import type { ServingValues } from './product-values.ts'
import { sellerTexts } from './seller-texts.ts'

const words = sellerTexts.serving

interface Props<Values extends ServingValues> {
  readonly form: FormState<Values>
}

/** The container that serves; `children` stand between the image and its name. */
export const ContainerFields = <Values extends ServingValues>({
  form,
  children,
}: Props<Values> & { readonly children?: ReactNode }) => (
  <SpaceBetween size="m">
    <TextField form={form} name="image" label={words.image} picker={imagePicker} description={words.imageWhy} />
    {children}
    <TextField form={form} name="hostname" label={words.hostname} optional />
  </SpaceBetween>
)

/** What it may run on, and what it takes and answers. */
export const ResourceFields = <Values extends ServingValues>({ form }: Props<Values>) => (
  <SpaceBetween size="m">
    <Box color="text-body-secondary">{words.architectures}</Box>
    <MultiselectField
      form={form}
      name="realtimeTypes"
      label={words.realtime}
      groups={realtimeTypes}
      placeholder={words.types}
    />
    <MultiselectField
      form={form}
      name="transformTypes"
      label={words.transform}
      groups={transformTypes}
      placeholder={words.types}
    />
    <TextField form={form} name="contentTypes" label={words.contentTypes} description={words.commas} />
    <TextField form={form} name="responseTypes" label={words.responseTypes} />
  </SpaceBetween>
)
