import Box from '@cloudscape-design/components/box'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { CodeBlock } from '../kit/code-block.tsx'
import { Markdown } from '../kit/markdown.tsx'
import { SimpleTable } from '../kit/simple-table.tsx'
import { texts } from '../texts.ts'
import { marketplaceTexts } from './marketplace-texts.ts'
import type { Parameter, Payload } from './version-usage.ts'

const words = marketplaceTexts.payload

/** What is sent, or what comes back: in the seller's words, with samples. */
export const PayloadFacts = ({ title, payload }: { readonly title: string; readonly payload: Payload }) => (
  <SpaceBetween size="xs">
    <Box variant="h3">{title}</Box>
    <Markdown text={payload.description} />
    {payload.limitations !== undefined && (
      <Box>
        {words.limitations}: {payload.limitations}
      </Box>
    )}
    <Sample title={`${title}: ${words.realtime}`} text={payload.sample.realtimeText} url={payload.sample.realtimeUrl} />
    <Sample title={`${title}: ${words.batch}`} text={payload.sample.batchText} url={payload.sample.batchUrl} />
    {payload.parameters.length > 0 && (
      <Parameters label={`${title}: ${words.parameters}`} parameters={payload.parameters} />
    )}
    {payload.customAttributes.length > 0 && (
      <Parameters label={words.customAttributes} parameters={payload.customAttributes} />
    )}
  </SpaceBetween>
)

interface SampleProps {
  readonly title: string
  readonly text: string | undefined
  readonly url: string | undefined
}

const Sample = ({ title, text, url }: SampleProps) => (
  <>
    {text !== undefined && (
      <div className="markdown">
        <Box variant="h4">{title}</Box>
        <CodeBlock text={text} />
      </div>
    )}
    {url !== undefined && <OutwardLink url={url} text={title} />}
  </>
)

/** A link that a seller has given. */
export const OutwardLink = ({ url, text }: { readonly url: string; readonly text: string }) =>
  /^https?:\/\//.test(url) ? (
    <Link href={url} external externalIconAriaLabel={marketplaceTexts.price.opened(text)}>
      {text}
    </Link>
  ) : (
    <Box>{url}</Box>
  )

const Parameters = ({ label, parameters }: { readonly label: string; readonly parameters: readonly Parameter[] }) => (
  <SimpleTable
    label={label}
    items={parameters}
    empty={texts.none}
    columns={[
      { header: label, cell: ({ name }) => name },
      { header: words.parameter, cell: ({ description }) => description },
      { header: words.constraints, cell: ({ constraints }) => constraints ?? texts.none },
      {
        header: words.always,
        cell: ({ isRequired, isAlwaysReturned }) => ((isRequired ?? isAlwaysReturned) ? words.yes : words.no),
      },
    ]}
  />
)
