import { AccessDenied } from '../ground/errors.ts'
import type { SellerNames } from '../marketplace/discovery/listing.ts'
import type { Context } from '../service/context.ts'
import { allAsk, type OwnApi, onAnything, type Service, service } from '../service/service.ts'
import {
  deleteAccountQuota,
  listAccountQuotas,
  listQuotaRequests,
  putAccountQuota,
  reviewQuotaRequest,
} from './account-quotas.ts'
import {
  type AccountParts,
  createAccount,
  createSignInLink,
  disableAccount,
  enableAccount,
  listAccounts,
} from './accounts.ts'
import { getReconciliation, listSecurityEvents } from './books.ts'
import { type ExampleParts, listExamples, publishExamples } from './examples.ts'
import { getInstallationHealth, type HealthParts } from './installation-health.ts'
import { hideReview, listReviewsToModerate, restoreReview } from './moderation.ts'
import { operatorAccount } from './operator-account.ts'
import { listWaitingChangeSets, putPublicationReview, reviewChangeSet } from './publication.ts'
import { deleteVulnerabilityException, getScanPolicy, putScanPolicy, putVulnerabilityException } from './scanning.ts'
import { deleteSignInProvider, listSignInProviders, putSignInProvider } from './sign-in-providers.ts'

type Parts = AccountParts & ExampleParts & HealthParts & SellerNames

const allowed = onAnything('aws-marketplace')

/** The operator's account alone, and within it whom its policies allow. */
const asksOperator = async (input: unknown, ctx: Context & Parts, operation: string) => {
  if ((await operatorAccount(ctx.store.db)) !== ctx.account)
    throw new AccessDenied(
      `${ctx.principal.arn} is not authorized to perform: aws-marketplace:${operation}: it is not of the operator’s account.`,
    )
  return allowed(input, ctx, operation)
}

/** The operator's work. AWS does this inside; the API is ours, see `docs/operator.md`. */
export const createOperatorService = (parts: Parts): Service =>
  service<OwnApi, Parts>({
    model: 'marketplace-operator',
    parts: () => parts,
    operations: allAsk<OwnApi, Parts>(asksOperator, {
      ListAccounts: listAccounts,
      CreateAccount: createAccount,
      CreateSignInLink: createSignInLink,
      DisableAccount: disableAccount,
      EnableAccount: enableAccount,
      ListWaitingChangeSets: listWaitingChangeSets,
      PutPublicationReview: putPublicationReview,
      ReviewChangeSet: reviewChangeSet,
      ListReviewsToModerate: listReviewsToModerate,
      HideReview: hideReview,
      RestoreReview: restoreReview,
      GetScanPolicy: getScanPolicy,
      PutScanPolicy: putScanPolicy,
      PutVulnerabilityException: putVulnerabilityException,
      DeleteVulnerabilityException: deleteVulnerabilityException,
      ListExamples: listExamples,
      PublishExamples: publishExamples,
      GetInstallationHealth: getInstallationHealth,
      GetReconciliation: getReconciliation,
      ListSecurityEvents: listSecurityEvents,
      ListSignInProviders: listSignInProviders,
      PutSignInProvider: putSignInProvider,
      DeleteSignInProvider: deleteSignInProvider,
      ListAccountQuotas: listAccountQuotas,
      PutAccountQuota: putAccountQuota,
      DeleteAccountQuota: deleteAccountQuota,
      ListQuotaRequests: listQuotaRequests,
      ReviewQuotaRequest: reviewQuotaRequest,
    }),
  })
