import {
  account,
  type DetailsShape,
  date,
  days,
  duration,
  list,
  object,
  optional,
  percentage,
  refused,
  required,
  text,
  url,
} from './details-shape.ts'

const name: DetailsShape = { is: 'string', max: 150, pattern: /^[^\\<>]+$/, form: 'text without \\, < and >' }
const key = required(text(255))
const usd = required({ is: 'choice', of: ['USD'] })

const cents: DetailsShape = { is: 'string', pattern: /^\d{1,12}(\.\d{1,2})?$/, form: 'an amount with up to 2 decimals' }

const terms = (of: DetailsShape & { is: 'variant' }, min: number, max: number) =>
  object({ Terms: required(list(of, min, max)) })

const pricingTerm: DetailsShape = {
  is: 'variant',
  by: 'Type',
  of: {
    UsageBasedPricingTerm: {
      CurrencyCode: usd,
      RateCards: required(
        list(
          object({
            RateCard: required(
              list(object({ DimensionKey: key, Price: required({ is: 'price', decimals: 8 }) }), 1, 800),
            ),
          }),
          1,
          1,
        ),
      ),
    },
    FreeTrialPricingTerm: {
      Duration: required(duration),
      Grants: required(list(object({ DimensionKey: key, MaxQuantity: optional({ is: 'integer', min: 1 }) }), 1, 1000)),
    },
    FixedUpfrontPricingTerm: {
      CurrencyCode: usd,
      Price: required({ is: 'price', decimals: 3 }),
      Duration: required(duration),
      Grants: required(
        list(
          object({
            DimensionKey: key,
            MaxQuantity: refused('a contract for a machine learning product covers any number of instances'),
          }),
          1,
          1000,
        ),
      ),
    },
  },
}

const legalDocument: DetailsShape = {
  is: 'variant',
  by: 'Type',
  of: {
    CustomEula: { Url: required(url) },
    StandardEula: { Version: required({ is: 'choice', of: ['2022-07-14'] }) },
  },
}

const countryCodes = optional(
  list({ is: 'string', pattern: /^[A-Z]{2}$/, form: 'a country code of two letters' }, 1, 244),
)

const termTemplate: DetailsShape = {
  is: 'variant',
  by: 'Type',
  of: {
    PaymentScheduleTermTemplate: {
      Schedule: required(
        list(
          object({
            ChargeDateOffset: required({ is: 'string', pattern: /^P\d{1,4}[DM]$/, form: 'PnD or PnM' }),
            ChargePercentage: required(percentage),
            DayOfMonth: optional({ is: 'integer', min: 1, max: 31 }),
          }),
          1,
          86,
        ),
      ),
    },
  },
}

/** Details of the changes of `Offer@1.0`: AWS Marketplace API Reference, "Work with private offers". */
export const offerDetails: Readonly<Record<string, DetailsShape>> = {
  CreateOffer: object({
    ProductId: required(text(255)),
    Name: optional(name),
    OfferSetId: optional(text(50)),
  }),
  CreateReplacementOffer: object({ AgreementId: required(text(64)), Name: optional(name) }),
  UpdateInformation: object({
    Name: optional(name),
    Description: optional({ is: 'string', max: 255, pattern: /^[^\\<>]+$/, form: 'text without \\, < and >' }),
    PreExistingAgreement: refused('agreements made elsewhere are not known here'),
  }),
  UpdatePricingTerms: object({
    PricingModel: required({ is: 'choice', of: ['Usage', 'Free', 'Contract'] }),
    Terms: required(list(pricingTerm, 0, 3)),
  }),
  UpdateLegalTerms: terms(
    { is: 'variant', by: 'Type', of: { LegalTerm: { Documents: required(list(legalDocument, 1, 5)) } } },
    1,
    1,
  ),
  UpdateSupportTerms: terms(
    { is: 'variant', by: 'Type', of: { SupportTerm: { RefundPolicy: required(text(500)) } } },
    1,
    1,
  ),
  UpdateTargeting: object({
    PositiveTargeting: optional(object({ BuyerAccounts: optional(list(account, 1, 500)), CountryCodes: countryCodes })),
    NegativeTargeting: optional(
      object({
        BuyerAccounts: refused('AWS does not support it for machine learning products either'),
        CountryCodes: countryCodes,
      }),
    ),
  }),
  UpdateAvailability: object({ AvailabilityEndDate: required(date) }),
  UpdateValidityTerms: terms(
    {
      is: 'variant',
      by: 'Type',
      of: {
        ValidityTerm: {
          AgreementDuration: optional(duration),
          AgreementEndDate: optional(date),
          AgreementStartDate: optional(date),
        },
      },
    },
    0,
    1,
  ),
  UpdateRenewalTerms: terms(
    {
      is: 'variant',
      by: 'Type',
      of: {
        RenewalTerm: {
          LockoutPeriod: optional(days),
          MaxRenewals: optional({ is: 'integer', min: 1 }),
          PriceIncrease: optional({
            is: 'variant',
            by: 'Type',
            of: {
              FixedPercentage: { Value: required(percentage) },
              PercentageRange: {
                MinValue: required(percentage),
                MaxValue: required(percentage),
                DefaultValue: required(percentage),
              },
            },
          }),
          AdjustmentDeadline: optional(days),
          TermTemplates: optional(list(termTemplate, 0, 1)),
        },
      },
    },
    0,
    1,
  ),
  UpdatePaymentScheduleTerms: terms(
    {
      is: 'variant',
      by: 'Type',
      of: {
        PaymentScheduleTerm: {
          CurrencyCode: usd,
          Schedule: required(list(object({ ChargeDate: required(date), ChargeAmount: required(cents) }), 1, 86)),
        },
      },
    },
    0,
    1,
  ),
  UpdateNetPaymentTerms: terms(
    {
      is: 'variant',
      by: 'Type',
      of: {
        NetPaymentTerm: {
          PaymentDuePeriod: required({ is: 'choice', of: ['P15D', 'P30D', 'P45D', 'P60D', 'P90D', 'P120D'] }),
        },
      },
    },
    0,
    1,
  ),
  ReleaseOffer: object({}),
}

const offers = object({ Offers: required(list(object({ OfferId: required(text(36)) }), 1, 7)) })

/** Details of the changes of `OfferSet@1.0`: AWS Marketplace Developer Guide, "Work with offer sets". There are no solutions here. */
export const offerSetDetails: Readonly<Record<string, DetailsShape>> = {
  CreateOfferSet: object({ Name: required(text(150)) }),
  UpdateInformation: object({ Name: optional(text(150)), BuyerNotes: optional(text(1000)) }),
  AssociateOffers: offers,
  DisassociateOffers: offers,
  ReleaseOfferSet: object({}),
}
