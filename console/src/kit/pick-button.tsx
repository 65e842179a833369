import Button from '@cloudscape-design/components/button'
import { type ComponentType, type LazyExoticComponent, Suspense, useState } from 'react'
import { kitTexts } from './kit-texts.ts'
import { part } from './part.ts'

export interface PickerProps {
  onChosen(value: string): void
  close(): void
}

/** A dialog in which what a field wants is looked for; its clients are loaded when it opens. */
export interface Picker {
  readonly text: string
  readonly dialog: LazyExoticComponent<ComponentType<PickerProps>>
}

export const s3Picker: Picker = { text: kitTexts.pick.s3, dialog: part(() => import('../storage/s3-picker.tsx')) }
export const imagePicker: Picker = {
  text: kitTexts.pick.images,
  dialog: part(() => import('../registry/image-picker.tsx')),
}
export const keyPicker: Picker = { text: kitTexts.pick.keys, dialog: part(() => import('../keys/key-picker.tsx')) }
export const algorithmPicker: Picker = {
  text: kitTexts.pick.algorithms,
  dialog: part(() => import('../seller/algorithm-picker.tsx')),
}

interface Props {
  readonly picker: Picker
  onChosen(value: string): void
}

export function PickButton({ picker: { text, dialog: Dialog }, onChosen }: Props) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button formAction="none" onClick={() => setOpen(true)}>
        {text}
      </Button>
      {isOpen && (
        <Suspense>
          <Dialog onChosen={onChosen} close={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
