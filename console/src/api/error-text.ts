import { SessionRefusal } from '../session/session.ts'
import { texts } from '../texts.ts'

/** An error as a person is told it: what happened, what to do, and by what the operator finds it. */
export interface ErrorText {
  readonly title: string
  readonly message: string
  readonly requestId?: string | undefined
  readonly advice?: string | undefined
}

const wait = 'Wait a moment and try again.'

const advice: Readonly<Record<string, string>> = {
  AccessDeniedException: 'Ask an administrator of the account for a policy that allows this action.',
  AccessDenied: 'Ask an administrator of the account for a policy that allows this action.',
  // The same by the names of each protocol: JSON, query, S3.
  ThrottlingException: wait,
  Throttling: wait,
  TooManyRequestsException: wait,
  SlowDown: wait,
  ResourceInUse: 'Choose another name.',
  ResourceLimitExceeded: 'Delete what is no longer needed, or ask the operator.',
  LostAnswer: 'Look whether it was done, and try again if it was not.',
  TypeError: 'The server cannot be reached. Check that it runs, and try again.',
}

const lost = new Set(['TypeError', 'LostAnswer'])

/** Says that the credentials have ended. */
export const isSignedOut = (error: unknown): boolean =>
  error instanceof Error &&
  /^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidClientTokenId)$/.test(error.name)

/** The one translator of errors: of AWS's clients, of the sign-in, and of what is wrong on the way. */
export function errorText(error: unknown): ErrorText {
  if (error instanceof SessionRefusal) return { title: error.code, message: error.message }
  if (!(error instanceof Error)) return { title: 'Error', message: String(error) }
  const { $metadata: metadata } = error as { $metadata?: { requestId?: string } }
  const title = lost.has(error.name) ? 'Connection lost' : error.name
  const message = error.name === 'LostAnswer' ? texts.frame.lostAnswer : error.message
  return { title, message, requestId: metadata?.requestId, advice: advice[error.name] }
}
