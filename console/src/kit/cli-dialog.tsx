import Modal from '@cloudscape-design/components/modal'
import { texts } from '../texts.ts'
import { cliLine } from './cli-line.ts'
import { CopyLine } from './copy-line.tsx'

/** A request as `aws SERVICE OPERATION` takes it. */
export interface CliRequest {
  readonly service: string
  readonly operation: string
  readonly input: object
}

/** What a form is about to send, for a shell. */
export const CliDialog = ({ request, close }: { readonly request: CliRequest; close(): void }) => (
  <Modal visible header={texts.form.cliTitle} closeAriaLabel={texts.form.close} onDismiss={close}>
    <CopyLine line={cliLine(request.service, request.operation, request.input)} />
  </Modal>
)
