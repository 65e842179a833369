/** A letter. `{product.title}` stands for a fact of what is told; a sentence that has none to tell is left out. */
export interface Letter {
  readonly subject: string
  /** What has happened, a sentence each. */
  readonly text: readonly string[]
  /** What to do next. */
  readonly next: string
  /** The page of the console on which to do it, below `/console`. */
  readonly page: string
}

const subscription = '/marketplace/subscriptions/{agreement.id}'
const ownProduct = '/partnercentral/products/{product.id}'
const proposal = '/marketplace/procurement?productId={product.id}&offerId={offer.id}'
const who = 'The buyer is account {acceptor.accountId}.'
const byOffer = 'It was bought by the offer "{offer.name}" ({offer.id}).'
const agreed = 'The agreement is {agreement.id}.'
const runsOn = 'Endpoints and jobs that run go on, and are charged until you end them; new ones are refused.'

/**
 * The letters of the marketplace, by the detail type of the event that they go with, or by a name of their own where AWS has no event; after a
 * colon stands the intent or the status of the agreement that a letter is for. Which there are: AWS Marketplace Seller Guide, "Email notifications", and
 * Buyer Guide, "Email notifications"; the words are our own.
 */
export const letters: Readonly<Record<string, Letter>> = {
  'Purchase Agreement Created - Acceptor': {
    subject: 'You have subscribed to {product.title}',
    text: ['Your subscription to {product.title} of {proposer.name} has begun.', byOffer, agreed, 'It ends on {agreement.endTime}.'],
    next: 'Choose a version and deploy it, train with it, or run a batch.',
    page: subscription,
  },
  'Purchase Agreement Created - Acceptor: RENEW': {
    subject: 'Your subscription to {product.title} was renewed',
    text: ['Your subscription to {product.title} of {proposer.name} goes on as agreement {agreement.id}.', 'It follows {agreement.previousAgreementId}, and ends on {agreement.endTime}.'],
    next: 'Look at its terms, and say whether it is to be renewed again.',
    page: subscription,
  },
  'Purchase Agreement Created - Acceptor: REPLACE': {
    subject: 'Your subscription to {product.title} has new terms',
    text: ['From now on your subscription to {product.title} of {proposer.name} is by the offer "{offer.name}" ({offer.id}).', agreed, 'It ends on {agreement.endTime}.'],
    next: 'Look at the new terms; what runs goes on under them.',
    page: subscription,
  },
  'Purchase Agreement Created - Proposer': {
    subject: 'Somebody has subscribed to {product.title}',
    text: ['{product.title} has a new subscription.', who, byOffer, agreed],
    next: 'See how the product is used and paid for.',
    page: ownProduct,
  },
  'Purchase Agreement Created - Proposer: RENEW': {
    subject: 'A subscription to {product.title} was renewed',
    text: ['A subscription to {product.title} goes on as agreement {agreement.id}, which follows {agreement.previousAgreementId}.', who],
    next: 'See how the product is used and paid for.',
    page: ownProduct,
  },
  'Purchase Agreement Created - Proposer: REPLACE': {
    subject: 'A subscription to {product.title} has new terms',
    text: ['A buyer of {product.title} has gone over to the offer "{offer.name}" ({offer.id}).', who, agreed],
    next: 'See how the product is used and paid for.',
    page: ownProduct,
  },
  'Purchase Agreement Amended - Acceptor': {
    subject: 'The renewal of {product.title} was changed',
    text: ['Agreement {agreement.id} on {product.title} is renewed at its end: {agreement.autoRenewalEnabled}.', 'This can be changed until {renewalSummary.lockoutStartTime}.'],
    next: 'If this was not you, change it back.',
    page: subscription,
  },
  'Purchase Agreement Amended - Proposer': {
    subject: 'A buyer has changed the renewal of {product.title}',
    text: ['Agreement {agreement.id} on {product.title} is renewed at its end: {agreement.autoRenewalEnabled}.', who],
    next: 'If it ends, offer something new in time.',
    page: ownProduct,
  },
  'Purchase Agreement Ending - Acceptor': {
    subject: 'Your subscription to {product.title} ends in {agreement.daysBeforeEndTime} days',
    text: ['Agreement {agreement.id} on {product.title} of {proposer.name} ends on {agreement.endTime}.', 'It is renewed by itself: {agreement.autoRenewalEnabled}.'],
    next: 'Say whether it is to be renewed, or ask the seller for a new offer.',
    page: subscription,
  },
  'Purchase Agreement Ending - Proposer': {
    subject: 'A subscription to {product.title} ends in {agreement.daysBeforeEndTime} days',
    text: ['Agreement {agreement.id} on {product.title} ends on {agreement.endTime}.', 'It is renewed by itself: {agreement.autoRenewalEnabled}.', who],
    next: 'Make the buyer a new offer if it is not renewed.',
    page: ownProduct,
  },
  'Purchase Agreement Renewal Upcoming - Acceptor': {
    subject: 'Your subscription to {product.title} will be renewed',
    text: ['Agreement {agreement.id} on {product.title} of {proposer.name} is renewed on {agreement.endTime}, which is final now.', 'It will cost {renewalSummary.tcv} {renewalSummary.currency} up front.'],
    next: 'Look at the terms that will hold.',
    page: subscription,
  },
  'Purchase Agreement Renewal Upcoming - Proposer': {
    subject: 'A subscription to {product.title} will be renewed',
    text: ['Agreement {agreement.id} on {product.title} is renewed on {agreement.endTime}, which is final now.', 'The buyer will pay {renewalSummary.tcv} {renewalSummary.currency} up front.', who],
    next: 'Nothing needs to be done; see how the product is used.',
    page: ownProduct,
  },
  'Purchase Agreement Ended - Acceptor: CANCELLED': {
    subject: 'Your subscription to {product.title} was cancelled',
    text: ['Agreement {agreement.id} on {product.title} of {proposer.name} has ended.', runsOn],
    next: 'End what still runs, or subscribe again.',
    page: subscription,
  },
  'Purchase Agreement Ended - Proposer: CANCELLED': {
    subject: 'A subscription to {product.title} was cancelled',
    text: ['Agreement {agreement.id} on {product.title} has ended.', who, 'What the buyer still runs is charged until it ends.'],
    next: 'See how the product is used and paid for.',
    page: ownProduct,
  },
  'Agreement Cancellation Request Pending Approval - Acceptor': {
    subject: 'A seller asks to end your subscription to {product.title}',
    text: ['{proposer.name} wants to end agreement {agreement.id}.', 'The reason is {agreementCancellationRequest.reasonCode}.', 'The seller says: {agreementCancellationRequest.reasonMessage}', 'If you say nothing within seven days, it ends.'],
    next: 'Approve, or refuse and say why.',
    page: subscription,
  },
  'Agreement Cancellation Request Pending Approval - Proposer': {
    subject: 'Your wish to end an agreement on {product.title} was sent',
    text: ['Account {acceptor.accountId} was asked to end agreement {agreement.id}.', 'Without an answer within seven days, it ends.'],
    next: 'Wait for the answer, or withdraw it.',
    page: ownProduct,
  },
  ...bothSides('Agreement Cancellation Request Approved', {
    subject: 'The end of an agreement on {product.title} was approved',
    text: ['Agreement {agreement.id} on {product.title} ends as request {agreementCancellationRequest.id} wants it.', 'With this word: {agreementCancellationRequest.statusMessage}', 'Nothing is refunded by that.'],
    next: 'See what is still owed.',
  }),
  ...bothSides('Agreement Cancellation Request Rejected', {
    subject: 'The end of an agreement on {product.title} was refused',
    text: ['Agreement {agreement.id} on {product.title} goes on.', 'The buyer says: {agreementCancellationRequest.statusMessage}'],
    next: 'Talk to the other side if that is not what you want.',
  }),
  ...bothSides('Agreement Cancellation Request Cancelled', {
    subject: 'A wish to end an agreement on {product.title} was withdrawn',
    text: ['Agreement {agreement.id} on {product.title} goes on.', 'The seller says: {agreementCancellationRequest.statusMessage}'],
    next: 'Nothing needs to be done.',
  }),
  ...bothSides('Purchase Agreement Billing Adjustment Completed', {
    subject: 'An invoice for {product.title} was corrected',
    text: ['Invoice {invoice.originalInvoiceId} of agreement {agreement.id} is changed by {billingAdjustmentRequest.adjustmentAmount} {billingAdjustmentRequest.currencyCode}.', 'The reason is {billingAdjustmentRequest.adjustmentReasonCode}.'],
    next: 'Look at the charges of the agreement.',
  }),
  'Purchase Agreement Billing Adjustment Failed - Proposer': {
    subject: 'An invoice for {product.title} was not corrected',
    text: ['Invoice {invoice.originalInvoiceId} of agreement {agreement.id} is not changed by {billingAdjustmentRequest.adjustmentAmount} {billingAdjustmentRequest.currencyCode}: by now less of it is left.'],
    next: 'Look at what was given back already.',
    page: ownProduct,
  },
  'Agreement Cancellation Request Validation Failed - Proposer': {
    subject: 'Your wish to end an agreement on {product.title} is void',
    text: ['Request {agreementCancellationRequest.id} asks for nothing any more: agreement {agreement.id} has ended.'],
    next: 'Nothing needs to be done.',
    page: ownProduct,
  },
  'Offer Released': {
    subject: 'Your offer {offer.name} can be accepted',
    text: ['Offer {offer.id} of {product.title} was released.', 'It is for {targetedBuyerAccountIds}.', 'It can be accepted until {offer.expirationDate}.'],
    next: 'Tell its buyers, or look at the product.',
    page: ownProduct,
  },
  'OfferSet Released': {
    subject: 'Your offer set {offerSet.name} can be accepted',
    text: ['Offer set {offerSet.id} was released, with all of its offers.'],
    next: 'Tell its buyers.',
    page: '/partnercentral/offers',
  },
  'Private Offer Available': {
    subject: '{sellerOfRecord.name} has an offer for you: {product.title}',
    text: ['The offer "{offer.name}" ({offer.id}) is for your account.', 'It can be accepted until {offer.expirationDate}.'],
    next: 'Read its terms, and accept it if they suit you.',
    page: proposal,
  },
  'Private Offer Changed': {
    subject: '{sellerOfRecord.name} has changed an offer for you: {product.title}',
    text: ['The offer "{offer.name}" ({offer.id}) was changed.', 'It can be accepted until {offer.expirationDate}.'],
    next: 'Read it again, and accept it if it suits you.',
    page: proposal,
  },
  'Free Trial Started': {
    subject: 'Your free trial of {product.title} has begun',
    text: ['Until {trial.endTime} the software costs nothing within what the trial grants; instances are charged.', 'Then its prices hold by themselves.'],
    next: 'To pay nothing, cancel the subscription before that time and end what runs.',
    page: subscription,
  },
  'Free Trial Ending': {
    subject: 'Your free trial of {product.title} ends in three days',
    text: ['It ends on {trial.endTime}; from then on the prices of the offer hold.'],
    next: 'To pay nothing, cancel the subscription and end what runs.',
    page: subscription,
  },
  'Version Added': {
    subject: '{product.title} has a new version',
    text: ['Version {version.title} of {product.title} is there.', 'What you run stays as it is.'],
    next: 'Read what is new, and deploy it when you want it.',
    page: subscription,
  },
  'Version Restricted': {
    subject: 'A version of {product.title} was withdrawn',
    text: ['Version {version.title} of {product.title} is not for new subscribers any more.', 'You may go on with it; its seller owes support for 90 days.'],
    next: 'Go over to another version in that time.',
    page: subscription,
  },
  'Product Removed': {
    subject: '{product.title} was withdrawn',
    text: ['{product.title} takes no new subscribers.', 'Yours goes on until you cancel it; its seller owes support for 90 days.', 'The seller names another product instead: {replacement.title} ({replacement.id}).'],
    next: 'Look for another product in that time.',
    page: subscription,
  },
  'Price Changed': {
    subject: 'Prices of {product.title} change',
    text: ['{price.changes}.', 'This holds for your agreement {agreement.id} from {price.effective} on.'],
    next: 'Look at the new prices; you may cancel at any time.',
    page: subscription,
  },
  'Review Invited': {
    subject: 'What do you think of {product.title}?',
    text: ['You have had {product.title} for thirty days.', 'Others want to know how it does.'],
    next: 'Write a review on its page.',
    page: subscription,
  },
} // biome-ignore format: a table

/** What both sides read, each with its own page. */
function bothSides(event: string, letter: Omit<Letter, 'page'>): Record<string, Letter> {
  return {
    [`${event} - Acceptor`]: { ...letter, page: subscription },
    [`${event} - Proposer`]: { ...letter, page: ownProduct },
  }
}
