import { AccountNameRef } from './nodes.ts'

AccountNameRef.implement({
  description: 'An account as others see it.',
  fields: (t) => ({
    accountId: t.exposeString('accountId'),
    login: t.string({
      nullable: true,
      description: 'Null when the account was erased, and for Waybill itself.',
      resolve: ({ accountId }, _, { loaders }) => loaders.login(accountId),
    }),
  }),
})
