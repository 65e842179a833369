import type { Compilable, CompiledQuery, DialectAdapter, Kysely } from 'kysely'
import type { Database } from './database.ts'

interface Compiled<Row> {
  readonly query: CompiledQuery<Row>
  /** For each parameter of the SQL, the argument that it takes; -1 for a constant of the query. */
  readonly places: readonly number[]
}

/**
 * A query of the hot path, built and compiled once, since that costs more than to run it. `build` is given stand-ins: it may only pass
 * its parameters on to the query, and must make the same query whatever they are.
 */
export function prepared<Parameters extends readonly unknown[], Row>(
  build: (db: Kysely<Database>, ...parameters: Parameters) => Compilable<Row>,
): (db: Kysely<Database>, ...parameters: Parameters) => Promise<Row[]> {
  const known = new WeakMap<DialectAdapter, Compiled<Row>>()

  function compile(db: Kysely<Database>, count: number): Compiled<Row> {
    const standIns: object[] = Array.from({ length: count }, () => ({}))
    const query = build(db, ...(standIns as unknown as Parameters)).compile()
    return { query, places: query.parameters.map(parameter => standIns.indexOf(parameter as object)) }
  }

  return async (db, ...parameters) => {
    const { adapter } = db.getExecutor()
    let compiled = known.get(adapter)
    if (!compiled) {
      compiled = compile(db, parameters.length)
      known.set(adapter, compiled)
    }
    const { query, places } = compiled
    const bound = places.map((place, index) => (place < 0 ? query.parameters[index] : parameters[place]))
    return (await db.executeQuery<Row>({ ...query, parameters: bound })).rows
  }
}
