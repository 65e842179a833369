/** Source: sqlite.org, "Result and Error Codes". */
const SQLITE_FULL = 13
/** PostgreSQL 15, Appendix A: disk_full. */
const diskFull = '53100'

/** Whether an error, or what caused it, says that the disk of this machine, or what one may take of it, is full. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as NodeJS.ErrnoException & { readonly errcode?: number }
  return ['ENOSPC', 'EDQUOT', diskFull].includes(code ?? '') || errcode === SQLITE_FULL || isDiskFull(error.cause)
}
