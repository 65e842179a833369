import Alert from '@cloudscape-design/components/alert'
import { errorText } from '../api/error-text.ts'
import { LostAnswer } from '../api/lost-answer.ts'
import { texts } from '../texts.ts'

/** What went wrong, in the API's words, by what the operator finds it, and what to do: one sentence after the other. */
export function errorWords(error: unknown): string {
  const { message, requestId, advice } = errorText(error)
  const request = requestId === undefined ? undefined : `${texts.frame.requestId}: ${requestId}.`
  return [message, advice, request].filter(Boolean).join(' ')
}

/** The same above the button of a form: what was refused is said to be, and of what is not known it is not said. */
export const refusalWords = (error: unknown): string =>
  error instanceof LostAnswer ? errorWords(error) : `${texts.form.refused}. ${errorWords(error)}`

/** Where a page cannot show what it is for. */
export const ErrorAlert = ({ error }: { readonly error: unknown }) => (
  <Alert type="error" header={errorText(error).title}>
    {errorWords(error)}
  </Alert>
)
