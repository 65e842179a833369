import Big from 'big.js'
import { monthAfter } from '../billing/billing-month.ts'
import { dimensionsOf, isRealtimeHour, requests } from '../dimension.ts'
import type { OfferDocument, PricingModel } from '../offer-document.ts'
import { type Product, productDimensions } from '../product.ts'
import { findTerm, type Grant, type Rate, ratesOf, type Term, type TermType } from '../term.ts'
import { ChangeRefused } from './change-refused.ts'

const allowed: Readonly<Record<PricingModel, { needs: readonly TermType[]; may: readonly TermType[] }>> = {
  Usage: { needs: ['UsageBasedPricingTerm'], may: ['FreeTrialPricingTerm'] },
  Free: { needs: [], may: ['UsageBasedPricingTerm'] },
  Contract: { needs: ['FixedUpfrontPricingTerm', 'UsageBasedPricingTerm'], may: [] },
}

/**
 * The rules of prices for machine learning products (AWS Marketplace Seller Guide, "Machine learning product pricing"; API Reference,
 * "Update pricing terms"): every supported instance type is priced; real-time inference by the hour or by the request; a trial of 5
 * to 31 days covers every dimension. Throws ChangeRefused.
 */
export function checkPricing({ terms, pricingModel }: OfferDocument, product: Product): void {
  if (!pricingModel) return
  checkTermTypes(pricingModel, terms)
  const rates = ratesOf(terms)
  const dimensions = productDimensions(product).map(dimension => dimension.Key)
  // A rate for an instance type that only restricted versions support stays: their subscribers still pay it.
  const known = dimensionsOf(product.document.versions.map(version => version.instanceTypes)).map(each => each.Key)
  if (pricingModel === 'Free' && rates.some(rate => !Big(rate.Price).eq(0)))
    throw new ChangeRefused('INVALID_RATE_CARD', 'A Free offer has no price other than zero.')
  if (rates.length > 0) checkRates(rates, dimensions, known)
  const priced = rates.map(rate => rate.DimensionKey)
  const trial = findTerm(terms, 'FreeTrialPricingTerm')
  if (trial) checkTrial(trial.Duration, trial.Grants, priced)
  const upfront = findTerm(terms, 'FixedUpfrontPricingTerm')
  if (upfront) checkGrants(upfront.Grants, priced, 'FixedUpfrontPricingTerm')
}

function checkTermTypes(model: PricingModel, terms: readonly Term[]): void {
  const { needs, may } = allowed[model]
  const has = (type: TermType) => findTerm(terms, type) !== undefined
  const missing = needs.filter(type => !has(type))
  if (missing.length > 0)
    throw new ChangeRefused('MISSING_MANDATORY_TERMS', `PricingModel ${model} needs ${missing.join(' and ')}.`)
  const pricing: TermType[] = ['UsageBasedPricingTerm', 'FreeTrialPricingTerm', 'FixedUpfrontPricingTerm']
  const extra = pricing.filter(type => has(type) && !needs.includes(type) && !may.includes(type))
  if (extra.length > 0)
    throw new ChangeRefused('INCOMPATIBLE_TERMS', `PricingModel ${model} doesn't go with ${extra.join(' and ')}.`)
}

function checkRates(rates: readonly Rate[], dimensions: readonly string[], known: readonly string[]): void {
  const keys = rates.map(rate => rate.DimensionKey)
  const twice = keys.find((key, at) => keys.indexOf(key) !== at)
  if (twice) throw new ChangeRefused('INVALID_RATE_CARD', `${twice} is priced twice.`)
  const unknown = keys.filter(key => !known.includes(key))
  if (unknown.length > 0)
    throw new ChangeRefused('INVALID_RATE_CARD', `No such dimension of the product: ${unknown.join(', ')}.`)
  const byRequest = keys.includes(requests)
  if (byRequest && keys.some(isRealtimeHour))
    throw new ChangeRefused(
      'INVALID_RATE_CARD',
      'Price real-time inference by the hour (m.i.r) or by the request (m.i.c), not both.',
    )
  const missing = dimensions.filter(key => !keys.includes(key) && !(byRequest ? isRealtimeHour(key) : key === requests))
  if (missing.length > 0)
    throw new ChangeRefused('UPDATE_PRICING_REQUIRED', `UpdatePricingTerms must price ${missing.join(', ')}.`)
}

function checkTrial(duration: string, grants: readonly Grant[], priced: readonly string[]): void {
  const days = Number(duration.slice(1, -1))
  if (!duration.endsWith('D') || days < 5 || days > 31)
    throw new ChangeRefused('INVALID_DURATION', `A free trial has 5 to 31 days (P5D to P31D), not ${duration}.`)
  checkGrants(grants, priced, 'FreeTrialPricingTerm')
  const ungranted = priced.filter(key => !grants.some(grant => grant.DimensionKey === key))
  if (ungranted.length > 0)
    throw new ChangeRefused(
      'INVALID_GRANTS',
      `FreeTrialPricingTerm must grant every priced dimension; it lacks ${ungranted.join(', ')}.`,
    )
  if (new Set(grants.map(grant => grant.MaxQuantity)).size > 1)
    throw new ChangeRefused('INVALID_GRANTS', 'Provide the same MaxQuantity for all Grants in FreeTrialPricingTerm.')
}

function checkGrants(grants: readonly Grant[], priced: readonly string[], type: string): void {
  const unpriced = grants.map(grant => grant.DimensionKey).filter(key => !priced.includes(key))
  if (unpriced.length > 0)
    throw new ChangeRefused('INVALID_GRANTS', `${type} grants what has no price: ${unpriced.join(', ')}.`)
}

const increaseDelay = 90 * 86_400_000

/** An increase is announced 90 days before the month that it begins with. */
const increaseStarts = (announced: number): number => monthAfter(announced + increaseDelay - 1)

export interface PriceChange {
  readonly dimension: string
  readonly price: string
  readonly announced: number
  readonly effective: number
}

/** The price that an offer has had for a dimension last, by dimension. */
export type LastPrices = ReadonlyMap<string, PriceChange>

/**
 * What a released offer's new rates mean for those who accepted it: a lower price and a new dimension hold at once, a higher price from
 * the first of the month after 90 days' notice, until when no price changes again (AWS Marketplace Seller Guide, "Updating public
 * offers" of machine learning products). Throws ChangeRefused for what AWS refuses: higher and lower in one change, a change while an increase is
 * announced, a removed rate.
 */
export function priceChanges(before: LastPrices, rates: readonly Rate[], now: number): PriceChange[] {
  const removed = [...before.keys()].filter(key => !rates.some(rate => rate.DimensionKey === key))
  if (removed.length > 0) throw new ChangeRefused('INVALID_RATE_CARD', `Rates can't be removed: ${removed.join(', ')}.`)
  const moves = rates.map(rate => ({ rate, last: before.get(rate.DimensionKey) }))
  const raised = moves.filter(({ rate, last }) => last && Big(rate.Price).gt(last.price))
  const lowered = moves.filter(({ rate, last }) => last && Big(rate.Price).lt(last.price))
  const added = moves.filter(({ last }) => !last)
  if (raised.length > 0 && lowered.length + (before.size > 0 ? added.length : 0) > 0)
    throw new ChangeRefused(
      'INVALID_PRICE_CHANGE',
      'Raise prices in a change of their own: lower prices or add dimensions first.',
    )
  const announced = [...before.values()].find(last => last.effective > now)
  if (raised.length + lowered.length > 0 && announced)
    throw new ChangeRefused(
      'INVALID_PRICE_CHANGE',
      `Prices can't change until ${new Date(announced.effective).toISOString().slice(0, 10)}, when the increase that was announced begins.`,
    )
  const change =
    (effective: number) =>
    ({ rate }: { rate: Rate }) => ({
      dimension: rate.DimensionKey,
      price: rate.Price,
      announced: now,
      effective,
    })
  return [...raised.map(change(increaseStarts(now))), ...[...lowered, ...added].map(change(now))]
}
