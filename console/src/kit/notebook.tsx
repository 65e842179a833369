import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { texts } from '../texts.ts'
import { CodeBlock } from './code-block.tsx'
import { Markdown } from './markdown.tsx'
import type { NotebookCell, NotebookOutput, ReadNotebook } from './notebook-cells.ts'

/** A seller's notebook, to be read: elements are React's, so that nothing in it is read as HTML. */
export const Notebook = ({ notebook: { cells, isCut } }: { readonly notebook: ReadNotebook }) => (
  <SpaceBetween size="s">
    {cells.map((cell, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: cells have no names, and do not move
      <Cell key={index} cell={cell} />
    ))}
    {isCut && <Box color="text-body-secondary">{texts.notebook.cut}</Box>}
  </SpaceBetween>
)

const Cell = ({ cell: { kind, source, outputs } }: { readonly cell: NotebookCell }) =>
  kind === 'markdown' ? (
    <Markdown text={source} />
  ) : (
    <div className="markdown">
      <CodeBlock text={source} />
      {outputs.map((output, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above
        <Output key={index} output={output} />
      ))}
    </div>
  )

const Output = ({ output }: { readonly output: NotebookOutput }) =>
  'text' in output ? (
    <CodeBlock text={output.text} />
  ) : (
    <img className="notebook-picture" src={`data:image/png;base64,${output.picture}`} alt={texts.notebook.picture} />
  )
