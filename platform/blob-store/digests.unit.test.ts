import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cutAt, expectedDigests } from '../../test/contracts/blob-store-bytes.ts'
import { startDigests } from './digests.ts'

it('gives the digests of the whole, however it is cut', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 500 }), fc.array(fc.nat(500)), (bytes, offsets) => {
    const running = startDigests()
    for (const chunk of cutAt(bytes, offsets)) running.update(chunk)
    expect(running.finish()).toEqual(expectedDigests(bytes))
  })
  fc.assert(property)
})
