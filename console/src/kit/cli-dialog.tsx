import { Suspense } from 'react'
import { part } from './part.ts'

/** A request as `aws SERVICE OPERATION` takes it. */
export interface CliRequest {
  readonly service: string
  readonly operation: string
  readonly input: object
}

export interface CliDialogProps {
  readonly request: CliRequest
  close(): void
}

const RequestAsCode = part(() => import('./request-as-code.tsx'))

/** What a form is about to send, for a shell and for programs; loaded when somebody asks for it. */
export const CliDialog = (props: CliDialogProps) => (
  <Suspense>
    <RequestAsCode {...props} />
  </Suspense>
)
