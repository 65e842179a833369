import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { Suspense } from 'react'
import { CopyLine } from '../kit/copy-line.tsx'
import { part } from '../kit/part.ts'
import { follow } from '../route/follow.ts'
import { pathTo } from '../route/path-table.ts'
import { useSession } from '../session/session.ts'
import { texts } from '../texts.ts'

const words = texts.home
const FirstRun = part(() => import('../operator/first-run.tsx'))

/** Where everybody begins: who one is, and what to do first. */
export default function HomePage() {
  const who = useSession()
  if (typeof who === 'string') return null
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={words.description}>
          {words.title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {who.isOperator && (
          <Suspense>
            <FirstRun />
          </Suspense>
        )}
        <ColumnLayout columns={2}>
          <Container header={<Header variant="h2">{words.seller}</Header>}>
            <SpaceBetween size="s">
              <Box>{words.sellerText}</Box>
              <CopyLine line={`modelmart certify examples/iris-trees --account ${who.accountName}`} />
            </SpaceBetween>
          </Container>
          <Container header={<Header variant="h2">{words.buyer}</Header>}>
            <SpaceBetween size="s">
              <Box>{words.buyerText}</Box>
              <Link href={pathTo('storefront')} onFollow={follow}>
                AWS Marketplace
              </Link>
              <Link href={pathTo('trainingJobs')} onFollow={follow}>
                Amazon SageMaker AI
              </Link>
            </SpaceBetween>
          </Container>
        </ColumnLayout>
        <Container header={<Header variant="h2">{words.signedInAs}</Header>}>
          <KeyValuePairs
            columns={2}
            items={[
              { label: words.accountNumber, value: `${who.account} (${who.accountName})` },
              { label: words.identity, value: who.arn },
              { label: words.endpoint, value: window.location.origin },
              { label: words.use, value: <CopyLine line={`eval "$(modelmart env ${who.accountName})"`} /> },
            ]}
          />
        </Container>
      </SpaceBetween>
    </ContentLayout>
  )
}
