import { useQuery } from '@tanstack/react-query'
import { queryClient } from '../api/query-client.ts'
import { useRegion } from '../api/region.ts'
import { signedJson } from '../api/signed-json.ts'

/** Members of this server's API of drift that the console shows (`docs/drift.md`). Times in seconds. */
export interface ComparedColumn {
  readonly name: string
  readonly level: 'NONE' | 'MODERATE' | 'LARGE'
}

export interface InputWatch {
  readonly comparedFrom: number
  readonly windows: readonly {
    readonly startsAt: number
    readonly status: string
    readonly columns: readonly ComparedColumn[]
  }[]
}

const kind = 'input-watches'

const ask = <Answer>(region: string, method: string, endpoint: string, variant: string): Promise<Answer> =>
  signedJson('aws-marketplace', region)(
    method,
    `/2026-11-29/endpoints/${encodeURIComponent(endpoint)}/variants/${encodeURIComponent(variant)}/inputWatch`,
    method === 'PUT' ? {} : undefined,
  )

/** null where the inputs of the variant are not compared. */
export function useInputWatch(endpoint: string, variant: string) {
  const [region] = useRegion()
  return useQuery({
    queryKey: [kind, region, endpoint, variant],
    queryFn: () =>
      ask<InputWatch>(region, 'GET', endpoint, variant).catch(error => {
        if ((error as Error).name === 'ResourceNotFoundException') return null
        throw error
      }),
  })
}

export async function setInputWatch(
  isOn: boolean,
  { region, endpoint, variant }: { readonly region: string; readonly endpoint: string; readonly variant: string },
): Promise<void> {
  await ask(region, isOn ? 'PUT' : 'DELETE', endpoint, variant)
  await queryClient.invalidateQueries({ queryKey: [kind, region, endpoint, variant] })
}
