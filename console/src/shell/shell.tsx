import Alert from '@cloudscape-design/components/alert'
import AppLayoutToolbar from '@cloudscape-design/components/app-layout-toolbar'
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group'
import ErrorBoundary from '@cloudscape-design/components/error-boundary'
import Spinner from '@cloudscape-design/components/spinner'
import { Suspense, useEffect, useState } from 'react'
import { part } from '../kit/part.ts'
import { follow } from '../route/follow.ts'
import { usePathname } from '../route/location.ts'
import { type Match, pathTo } from '../route/path-table.ts'
import type { Who } from '../session/session.ts'
import { texts } from '../texts.ts'
import { breadcrumbs } from './breadcrumbs.ts'
import { hasHelp } from './help.ts'
import { Navigation } from './navigation.tsx'
import { Notices } from './notices.tsx'
import { pages } from './pages.ts'
import { TopBar } from './top-bar.tsx'

const words = texts.frame
const HelpContent = part(() => import('./help-content.tsx'))
const SearchDialog = part(() => import('./search-dialog.tsx'))

interface Props {
  readonly who: Who
  readonly match: Match | undefined
}

/** The frame of every page. */
export default function Shell({ who, match }: Props) {
  const path = usePathname()
  const [navigationOpen, setNavigationOpen] = useState(window.innerWidth >= 1100)
  const [toolsOpen, setToolsOpen] = useState(false)
  const page = match?.page
  const [isSearching, setSearching] = useState(false)
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      setSearching(true)
    }
    window.addEventListener('keydown', open)
    return () => window.removeEventListener('keydown', open)
  }, [])
  const crumbs = breadcrumbs(match)
  const title = crumbs.at(-1)?.text ?? words.notFound
  useEffect(() => {
    document.title = `${title} - ${texts.product}`
  }, [title])
  return (
    <>
      <TopBar who={who} search={() => setSearching(true)} />
      {isSearching && (
        <Suspense>
          <SearchDialog isOperator={who.isOperator ?? false} close={() => setSearching(false)} />
        </Suspense>
      )}
      <AppLayoutToolbar
        headerSelector=".console-top"
        toolsHide={!hasHelp(page)}
        toolsOpen={toolsOpen}
        onToolsChange={({ detail }) => setToolsOpen(detail.open)}
        tools={<Suspense>{hasHelp(page) && <HelpContent page={page} />}</Suspense>}
        navigation={<Navigation at={path} isOperator={who.isOperator ?? false} />}
        navigationOpen={navigationOpen}
        onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
        breadcrumbs={<BreadcrumbGroup items={crumbs} ariaLabel={words.breadcrumbs} onFollow={follow} />}
        notifications={<Notices />}
        stickyNotifications
        ariaLabels={words}
        content={
          <ErrorBoundary
            key={path}
            onError={() => {}}
            renderFallback={() => (
              <Alert type="error" header={words.broken}>
                {words.brokenWhy}
              </Alert>
            )}
          >
            <Suspense fallback={<Spinner size="large" />}>
              <Content match={match} />
            </Suspense>
          </ErrorBoundary>
        }
      />
    </>
  )
}

function Content({ match }: Pick<Props, 'match'>) {
  if (!match || match.page === 'signIn')
    return (
      <Alert type="info" header={words.notFound}>
        {words.notFoundWhy} <a href={pathTo('home')}>{words.home}</a>
      </Alert>
    )
  const Page = pages[match.page].content
  return <Page key={match.page + JSON.stringify(match.params)} params={match.params} />
}
