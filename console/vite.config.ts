import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { consolePolicy } from '../src/console/console-files.ts'
import { beginAgain } from './build/begin-again.ts'
import { dropUnreadProperties } from './build/drop-unread-properties.ts'
import { extractFonts } from './build/extract-fonts.ts'
import { precompress } from './build/precompress.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Styles that the development server puts into the page carry it; nothing else differs from the policy in force. */
const nonce = 'development'
const policy = consolePolicy.replace("style-src 'self'", `style-src 'self' 'nonce-${nonce}'`)

export default defineConfig(({ command }) => ({
  root: here('.'),
  base: '/console/',
  plugins: [
    react(),
    extractFonts(here('../node_modules/.cache/modelmart-fonts')),
    dropUnreadProperties(here('../node_modules/@cloudscape-design/components')),
    beginAgain(here('src/begin-again.ts')),
    precompress(here('dist')),
  ],
  ...(command === 'serve' && { html: { cspNonce: nonce } }),
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 1200 },
  server: {
    headers: { 'content-security-policy': policy },
    // One origin, as in production: what is no file of the console is the server's.
    proxy: { '^/(?!console(/|$))': process.env.MODELMART_URL ?? 'http://127.0.0.1:8600' },
  },
}))
