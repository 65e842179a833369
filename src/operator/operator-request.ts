/** A page of what is listed. */
export interface Listing {
  readonly maxResults?: number
  readonly nextToken?: string
}
