/**
 * On every answer that is not the console's own, which is of the same origin: whatever a browser opens as a document (a stored page, an
 * SVG logo, a model's answer) runs no script, sends no form and is nobody. AWS clients look at neither header (Content Security Policy
 * Level 3, "sandbox"; Fetch standard, "X-Content-Type-Options").
 */
export const inert = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
} as const
