/**
 * Signs an account in by npm's legacy login, creating it where the registry allows that, and returns the bearer token.
 * `PUT /-/user/org.couchdb.user:{name}` answers 201 `{ token }`. Throws with the answer when there is none.
 */
export async function npmLogin(registry: string, name: string, password: string): Promise<string> {
  const response = await fetch(`${registry}/-/user/org.couchdb.user:${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ _id: `org.couchdb.user:${name}`, name, password, type: 'user', roles: [] }),
  })
  const text = await response.text()
  const answer: unknown = response.ok ? JSON.parse(text) : undefined
  if (typeof answer === 'object' && answer !== null && 'token' in answer && typeof answer.token === 'string') {
    return answer.token
  }
  throw new Error(`Login at ${registry} answered ${response.status}: ${text.slice(0, 300)}`)
}
