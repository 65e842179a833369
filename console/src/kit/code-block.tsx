import { createElement } from 'react'

/** Text as it is, which one can scroll by keyboard alone where it is wider than its place. */
export const CodeBlock = ({ text }: { readonly text: string }) =>
  createElement('pre', { tabIndex: 0 }, createElement('code', null, text))
