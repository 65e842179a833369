import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { texts } from '../texts.ts'

interface Props {
  readonly title: string
  readonly text: string
  readonly verb: string
  onConfirm(): void
  onClose(): void
}

/** Asks before something that cannot be undone. */
export const Confirm = ({ title, text, verb, onConfirm, onClose }: Props) => (
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
    {text}
  </Modal>
)
