import { builder } from './builder.ts'
import { PackageRef, TagRef } from './nodes.ts'

TagRef.implement({
  description: 'A name that points at a version (npm calls it a dist-tag).',
  fields: (t) => ({
    name: t.exposeString('tag'),
    version: t.exposeString('version'),
    setAt: t.expose('setAt', { type: 'Instant' }),
  }),
})

builder.objectField(PackageRef, 'tags', (t) =>
  t.field({
    type: [TagRef],
    description: 'Tags by name; those whose version was deleted are left out.',
    resolve: async ({ row, home }, _, { loaders }) => {
      const { repositoryId, asOf } = home
      const rows = (await loaders.tags({ repositoryId, package: row.package, asOf })) ?? []
      return rows.map((tag) => ({ ...tag, package: row.package, home }))
    },
  }),
)
