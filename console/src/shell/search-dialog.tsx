import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Link from '@cloudscape-design/components/link'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useRegion } from '../api/region.ts'
import { ErrorAlert } from '../kit/error-alert.tsx'
import { navigate } from '../route/location.ts'
import { texts } from '../texts.ts'
import { findResources } from './resource-search.ts'
import { type Found, findPages } from './search.ts'

const words = texts.search
const settledMs = 250

/** Looks for pages as one types, and for resources of the region by a part of their names. Enter opens the first. */
export default function SearchDialog({ isOperator, close }: { readonly isOperator: boolean; close(): void }) {
  const [region] = useRegion()
  const [typed, setTyped] = useState('')
  const asked = typed.trim()
  const settled = useSettled(asked)
  const resources = useQuery({
    queryKey: ['search', region, settled],
    queryFn: () => findResources(region, settled),
    enabled: settled.length >= 2,
  })
  const isSettled = settled === asked
  const found = [...findPages(asked, isOperator), ...(isSettled && asked.length >= 2 ? (resources.data ?? []) : [])]
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
        <Results found={found} asked={asked} isSearching={!isSettled || resources.isFetching} open={open} />
      </SpaceBetween>
    </Modal>
  )
}

/** What stands still for a moment: who types on asks every API of the search once, not at each letter. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settledMs)
    return () => clearTimeout(timer)
  }, [value])
  return settled
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
