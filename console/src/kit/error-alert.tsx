import Alert from '@cloudscape-design/components/alert'
import { errorText } from '../api/error-text.ts'
import { texts } from '../texts.ts'

/** What went wrong, in the API's words, by what the operator finds it, and what to do: one sentence after the other. */
export function errorWords(error: unknown): string {
  const { message, requestId, advice } = errorText(error)
  const request = requestId === undefined ? undefined : `${texts.frame.requestId}: ${requestId}.`
  return [message, advice, request].filter(Boolean).join(' ')
}

/** Where a page cannot show what it is for. */
export const ErrorAlert = ({ error }: { readonly error: unknown }) => (
  <Alert type="error" header={errorText(error).title}>
    {errorWords(error)}
  </Alert>
)
