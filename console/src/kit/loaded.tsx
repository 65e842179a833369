import Spinner from '@cloudscape-design/components/spinner'
import type { ReactNode } from 'react'
import { ErrorAlert } from './error-alert.tsx'

interface Query<Data> {
  readonly data: Data | undefined
  readonly error: unknown
}

interface Props<Data> {
  readonly query: Query<Data>
  children(data: Data): ReactNode
}

/** What was read; until then that it is waited for, or why it cannot be read. What was read once stays when a later reading fails. */
export function Loaded<Data>({ query: { data, error }, children }: Props<Data>) {
  if (data !== undefined) return children(data)
  return error ? <ErrorAlert error={error} /> : <Spinner size="large" />
}
