import { Suspense } from 'react'
import { part } from './part.ts'

/** The parser is loaded by whoever shows some. */
const Elements = part(() => import('./markdown-elements.tsx'))

/** A seller's or a buyer's Markdown: descriptions, instructions, notebooks. Until it can be read as such, it is text. */
export const Markdown = ({ text }: { readonly text: string }) => (
  <Suspense fallback={<div className="markdown">{text}</div>}>
    <Elements text={text} />
  </Suspense>
)
