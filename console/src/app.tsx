import I18nProvider from '@cloudscape-design/components/i18n'
import messages from '@cloudscape-design/components/i18n/messages/all.en'
import Spinner from '@cloudscape-design/components/spinner'
import { Suspense } from 'react'
import { part } from './kit/part.ts'
import { usePathname } from './route/location.ts'
import { matchPath } from './route/path-table.ts'
import { useSession } from './session/session.ts'
import { SignInPage } from './session/sign-in-page.tsx'
import { texts } from './texts.ts'

const Shell = part(() => import('./shell/shell.tsx'))

/** The sign-in page for whoever is nobody, and for links; the console for all others. */
export function App() {
  const session = useSession()
  const match = matchPath(usePathname())
  const waiting = <Spinner size="large" />
  return (
    <I18nProvider locale="en" messages={[messages]}>
      {session === 'unknown' ? (
        <main aria-label={texts.loading}>{waiting}</main>
      ) : session === 'signed-out' || match?.page === 'signIn' ? (
        <SignInPage />
      ) : (
        <Suspense fallback={<main aria-label={texts.loading}>{waiting}</main>}>
          <Shell key={session.arn} who={session} match={match} />
        </Suspense>
      )}
    </I18nProvider>
  )
}
