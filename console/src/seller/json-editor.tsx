import Spinner from '@cloudscape-design/components/spinner'
import { type ComponentProps, Suspense } from 'react'
import { part } from '../kit/part.ts'
import type JsonField from './json-field.tsx'

// Loaded when the step that has it opens.
const Editor = part(() => import('./json-field.tsx')) as unknown as typeof JsonField

/** The editor of a JSON document. */
export const JsonEditor = <Values extends object>(props: ComponentProps<typeof JsonField<Values>>) => (
  <Suspense fallback={<Spinner />}>
    <Editor {...props} />
  </Suspense>
)
