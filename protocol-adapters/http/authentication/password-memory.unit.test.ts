import { expect, it } from 'vitest'
import { PasswordMemory } from './password-memory.ts'

it('remembers a password for a minute, of one login only, and forgets it when told so', () => {
  const clock = { time: 0, now: () => clock.time }
  const memory = new PasswordMemory(clock)
  memory.remember('ada', 'open sesame', 'a')
  memory.remember('bob', 'open sesame', 'b')
  expect(memory.recall('ada', 'open sesame')).toBe('a')
  expect(memory.recall('ada', 'open sesam')).toBeUndefined()
  expect(memory.recall('adao', 'pen sesame')).toBeUndefined()
  const { forgotten } = memory
  memory.forget('a')
  expect(memory.forgotten).not.toBe(forgotten)
  expect(memory.recall('ada', 'open sesame')).toBeUndefined()
  expect(memory.recall('bob', 'open sesame')).toBe('b')
  clock.time += 59_999
  expect(memory.recall('bob', 'open sesame')).toBe('b')
  clock.time += 1
  expect(memory.recall('bob', 'open sesame')).toBeUndefined()
})
