import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { Loaded } from '../kit/loaded.tsx'
import { Notebook } from '../kit/notebook.tsx'
import { marketplaceTexts } from './marketplace-texts.ts'
import { OutwardLink } from './payload-facts.tsx'
import { placeHere, useNotebook } from './version-usage.ts'

const words = marketplaceTexts.notebook

/** The notebook itself where it lies in a bucket here, and the way to it. */
export function SampleNotebook({ url }: { readonly url: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <SpaceBetween size="xs">
      <Box variant="h3">{words.title}</Box>
      <OutwardLink url={url} text={url} />
      {placeHere(url) === undefined ? (
        <Box color="text-body-secondary">{words.elsewhere}</Box>
      ) : (
        <ExpandableSection
          headerText={words.read}
          expanded={isOpen}
          onChange={({ detail }) => setOpen(detail.expanded)}
        >
          {isOpen && <Opened url={url} />}
        </ExpandableSection>
      )}
    </SpaceBetween>
  )
}

const Opened = ({ url }: { readonly url: string }) => (
  <Loaded query={useNotebook(url)}>{notebook => <Notebook notebook={notebook} />}</Loaded>
)
