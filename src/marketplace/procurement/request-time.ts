/** What nobody answers is declined by itself (AWS Marketplace Buyer Guide, "Private marketplaces"). Milliseconds. */
export const requestLasts = 30 * 86_400_000
