import type { Page } from 'playwright-core'

/** What the wizard of a listing wants of a product, by label. */
export const listingInformation = (logo: string) => ({
  ...{ 'Short description': 'Learns rows.', 'Long description': 'Learns **rows**.', Highlights: 'Fast' },
  ...{ 'Product logo URL': logo, Keywords: 'rows', 'Support description': 'Write to us.' },
})

/** The same of its first version. */
export const listingVersion = {
  ...{ 'Release notes': 'First.', 'Usage instructions': '# Ask it', 'Input summary': 'Rows.', 'Sample input': 'one' },
  ...{ 'Output summary': 'The same rows.', 'Sample output': 'one' },
  ...{ 'Repository URL': 'https://example.com/a', 'Notebook URL': 'https://example.com/a.ipynb' },
}

/** From the page of what is certified into the wizard. */
export async function beginListing(page: Page, name: string): Promise<void> {
  const press = (button: string) => page.getByRole('button', { name: button, exact: true }).first().click()
  await press('Publish new ML Marketplace listing')
  await page.getByLabel('Product name').fill(name)
  await press('Generate product ID and code')
  await press('Continue to wizard')
  await page.getByRole('heading', { name: 'Provide product information' }).first().waitFor()
}
