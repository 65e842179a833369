/** What a machine learning product may be listed under. Source: AWS Marketplace Buyer Guide, "Product categories". */
export const categories: readonly string[] = [
  'Machine Learning',
  ...['ML Solutions', 'Data Labeling Services', 'Computer Vision', 'Natural Language Processing', 'Speech Recognition'],
  ...['Text', 'Image', 'Video', 'Audio', 'Structured'],
  ...['Education & Research', 'Financial Services', 'Healthcare & Life Sciences', 'Media & Entertainment'],
  ...['Industrial', 'Energy'],
]
