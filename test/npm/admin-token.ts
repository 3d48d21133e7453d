import type { WaybillProcess } from '../waybill-process.ts'

/** A token of `admin`, by npm's legacy sign-in. */
export const adminToken = async ({ url, adminPassword }: WaybillProcess): Promise<string> => {
  const answer = await fetch(`${url}/npm/main/npm/-/user/org.couchdb.user:admin`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'admin', password: adminPassword }),
  })
  const { token } = (await answer.json()) as { readonly token?: string }
  if (token === undefined) throw new Error(`signing in as admin was refused with ${answer.status}`)
  return token
}
