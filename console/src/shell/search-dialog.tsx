import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useRegion } from '../api/region.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { navigate } from '../route/location.ts'
import { texts } from '../texts.ts'
import { type Found, findPages, findResources } from './search.ts'

const words = texts.search

/** Looks for pages as one types, and for resources of the region by a part of their names. Enter opens the first. */
export default function SearchDialog({ isOperator, close }: { readonly isOperator: boolean; close(): void }) {
  const [region] = useRegion()
  const [typed, setTyped] = useState('')
  const asked = typed.trim()
  const resources = useQuery({
    queryKey: ['search', region, asked],
    queryFn: () => findResources(region, asked),
    enabled: asked.length >= 2,
  })
  const found = [...findPages(asked, isOperator), ...(asked.length >= 2 ? (resources.data ?? []) : [])]
  const open = ({ href }: Found) => {
    close()
    navigate(href)
  }
  return (
    <Modal visible header={words.title} closeAriaLabel={texts.form.close} onDismiss={close}>
      <SpaceBetween size="m">
        <FormField label={words.label} constraintText={words.constraint}>
          <Input
            type="search"
            autoFocus
            value={typed}
            onChange={({ detail }) => setTyped(detail.value)}
            onKeyDown={({ detail }) => {
              if (detail.key === 'Enter' && found[0]) open(found[0])
            }}
          />
        </FormField>
        {resources.error && <ErrorAlert error={resources.error} />}
        <Results found={found} asked={asked} isSearching={resources.isFetching} open={open} />
      </SpaceBetween>
    </Modal>
  )
}

interface ResultsProps {
  readonly found: readonly Found[]
  readonly asked: string
  readonly isSearching: boolean
  open(found: Found): void
}

function Results({ found, asked, isSearching, open }: ResultsProps) {
  if (found.length === 0)
    return <Box color="text-body-secondary">{asked === '' ? '' : isSearching ? texts.loading : texts.list.noMatch}</Box>
  return (
    <ul aria-label={words.results}>
      {found.map(one => (
        <li key={one.href}>
          <Link
            href={one.href}
            onFollow={event => {
              event.preventDefault()
              open(one)
            }}
          >
            {one.text}
          </Link>{' '}
          <Box variant="span" color="text-body-secondary">
            {one.kind}
          </Box>
        </li>
      ))}
    </ul>
  )
}
