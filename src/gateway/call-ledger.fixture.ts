import { createCallLedger, type NoteSuccess } from './call-ledger.ts'

const path = process.env.MODELMART_CALL_LEDGER

/** For gateways that a test makes itself: tells the ledger of the whole test run, if there is one. */
export const testLedger: { readonly noteSuccess?: NoteSuccess } = path ? { noteSuccess: createCallLedger(path) } : {}
