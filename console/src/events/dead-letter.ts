import { deadLettersApi } from '../api/events.ts'
import type { ListingSource } from '../kit/use-listing.ts'

export interface DeadLetter {
  readonly deadLetterId: string
  readonly ruleArn?: string
  readonly targetId?: string
  readonly topicArn?: string
  readonly subscriptionArn?: string
  /** As the receiver would have got it. */
  readonly event: string
  readonly errorCode: string
  readonly errorMessage: string
  readonly retryAttempts: number
  /** Seconds since 1970. */
  readonly announcedAt: number
  readonly diedAt: number
}

const path = (operation: string) => `/2026-11-29/${operation}`

/** Oldest first. */
export const deadLetters: ListingSource<DeadLetter> = {
  kind: 'dead-letters',
  isInTransition: () => false,
  async fetch({ region, MaxResults: maxResults, NextToken: nextToken }) {
    const asked = { maxResults, ...(nextToken && { nextToken }) }
    const page = await deadLettersApi(region)<{ deadLetters: DeadLetter[]; nextToken?: string }>(
      'POST',
      path('listDeadLetters'),
      asked,
    )
    return { items: page.deadLetters, nextToken: page.nextToken }
  },
}

export const sendAgain = (region: string, deadLetterId: string): Promise<unknown> =>
  deadLettersApi(region)('POST', path('sendDeadLetter'), { deadLetterId })

export const deleteDeadLetter = (region: string, deadLetterId: string): Promise<unknown> =>
  deadLettersApi(region)('POST', path('deleteDeadLetter'), { deadLetterId })
