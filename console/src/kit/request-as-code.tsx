import Box from '@cloudscape-design/components/box'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs from '@cloudscape-design/components/tabs'
import { texts } from '../texts.ts'
import type { CliDialogProps } from './cli-dialog.tsx'
import { cliLine } from './cli-line.ts'
import { CopyLine } from './copy-line.tsx'
import { botoCode, sdkCode } from './request-code.ts'

/** What a form is about to send, for a shell and for programs. */
const RequestAsCode = ({ request, close }: CliDialogProps) => (
  <Modal visible size="large" header={texts.form.cliTitle} closeAriaLabel={texts.form.close} onDismiss={close}>
    <Tabs
      ariaLabel={texts.form.cliTitle}
      tabs={[
        {
          id: 'cli',
          label: 'AWS CLI',
          content: <CopyLine line={cliLine(request.service, request.operation, request.input)} />,
        },
        { id: 'boto3', label: 'boto3', content: <Code text={botoCode(request)} /> },
        { id: 'javascript', label: 'JavaScript', content: <Code text={sdkCode(request)} /> },
      ]}
    />
  </Modal>
)

const Code = ({ text }: { readonly text: string }) => (
  <SpaceBetween size="xs">
    <CopyToClipboard
      copyButtonText={texts.list.copy}
      textToCopy={text}
      copySuccessText={texts.list.copied}
      copyErrorText={texts.list.copyFailed}
    />
    <Box variant="pre">{text}</Box>
  </SpaceBetween>
)

export default RequestAsCode
