// Loaded before a program: writes the address of every module that it loads into the file that WAYBILL_TEST_MODULES names.
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  load: (url, context, nextLoad) => {
    appendFileSync(process.env.WAYBILL_TEST_MODULES, `${url}\n`)
    return nextLoad(url, context)
  },
})
