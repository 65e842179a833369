import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'
import { texts } from '../texts.ts'

interface Props {
  readonly title: string
  readonly text: ReactNode
  readonly verb: string
  /** What has to be typed first. */
  readonly word?: { readonly label: string; readonly is: string }
  onConfirm(): void
  onClose(): void
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, text, verb, word, onConfirm, onClose }: Props) {
  const [typed, setTyped] = useState('')
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel={texts.form.close}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {texts.form.cancel}
            </Button>
            <Button
              variant="primary"
              disabled={word !== undefined && typed.trim() !== word.is}
              onClick={() => {
                onClose()
                onConfirm()
              }}
            >
              {verb}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{text}</div>
        {word && (
          <FormField label={word.label}>
            <Input value={typed} onChange={({ detail }) => setTyped(detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </Modal>
  )
}
