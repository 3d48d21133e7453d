import type { TokenEvent } from '../../domain/access/token/token.ts'
import { assertNever } from '../../domain/decider.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'

type Row = {
  readonly token_id: string
  readonly account_id: string
  readonly expires_at: string | null
  readonly actions: string | null
  readonly scopes: string | null
  readonly cidrs: string | null
  readonly created_at: string
}

const listText = (list: readonly string[] | undefined): string | null =>
  list === undefined ? null : JSON.stringify(list)

/** Tokens that were not revoked; expired ones stay, so that their owner sees them. Lists are kept as JSON. */
export const tokens = historyModel<Row>({
  name: 'tokens',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['TokenCreated', 'TokenRevoked'],
  columns: {
    token_id: 'text',
    account_id: 'text',
    expires_at: 'text',
    actions: 'text',
    scopes: 'text',
    cidrs: 'text',
    created_at: 'text',
  },
  keyLength: 1,
  changes: (recorded, _, { at }) => {
    const event = recorded as TokenEvent
    switch (event.type) {
      case 'TokenCreated': {
        const { tokenId, accountId, expiresAt, actions, scopes, cidrs } = event.data
        const row = {
          token_id: tokenId,
          account_id: accountId,
          expires_at: expiresAt ?? null,
          actions: listText(actions),
          scopes: listText(scopes),
          cidrs: listText(cidrs),
          created_at: at,
        }
        return [{ key: [tokenId], fresh: true, next: () => row }]
      }
      case 'TokenRevoked':
        return [{ key: [event.data.tokenId], next: () => undefined }]
      default:
        return assertNever(event)
    }
  },
})
