import HelpPanel from '@cloudscape-design/components/help-panel'
import type { HelpedPage } from './help.ts'
import { helpTexts } from './help-texts.ts'

const words = { needed: 'Have ready' }

/** What the help panel says of a page. */
export default function HelpContent({ page }: { readonly page: HelpedPage }) {
  const { title, paragraphs, list } = helpTexts[page]
  return (
    <HelpPanel header={<h2>{title}</h2>}>
      {list && (
        <>
          <h3>{words.needed}</h3>
          <ul>
            {list.map(item => (
              <li key={item}>{item}</li>
            ))}
          </ul>
        </>
      )}
      {paragraphs.map(text => (
        <p key={text}>{text}</p>
      ))}
    </HelpPanel>
  )
}
