/** What is put right in the source text of the `postgres` driver, 3.4.9, while it is loaded. */
export interface DriverFix {
  readonly file: 'connection.js' | 'index.js' | 'query.js'
  /** Occurs exactly once in the file. */
  readonly from: string
  readonly to: string
}

/**
 * Without these, BEGIN can run on a connection that goes on serving others (which then write into a transaction that
 * nobody commits), a lost connection can end the process, let the rest of a transaction run outside of it, or make a
 * half-read cursor look complete. These are known upstream and in no release (porsager/postgres, issues 823, 1066, 1154,
 * 1189, 1208); one only saves work. A new version of the driver makes the start fail until this list is looked at again.
 */
export const driverFixes: readonly DriverFix[] = [
  // BEGIN was written, so the connection is reserved, however full its queue is and whatever the socket's buffer says.
  {
    file: 'connection.js',
    from: `      return write(toBuffer(q))
        && !q.describeFirst
        && !q.cursorFn
        && sent.length < max_pipeline
        && (!q.options.onexecute || q.options.onexecute(connection))`,
    to: `      const written = write(toBuffer(q))
      if (q.options.onexecute)
        return (q.options.onexecute(connection), false)
      return written
        && !q.describeFirst
        && !q.cursorFn
        && sent.length < max_pipeline`,
  },
  // A transaction's connection does not go back to the pool because its buffer has drained between two statements.
  {
    file: 'connection.js',
    from: '    !query && onopen(connection)',
    to: '    !query && !connection.reserved && onopen(connection)',
  },
  // Thrown from setImmediate, the missing socket would end the process.
  {
    file: 'connection.js',
    from: `  function nextWrite(fn) {
`,
    to: `  function nextWrite(fn) {
    if (!socket) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
`,
  },
  // Nothing of a lost connection may reach the next one: unsent bytes, a timer that was cleared and so never fires, the
  // server's last words, the query that was being answered.
  {
    file: 'connection.js',
    from: `    socket = null

    if (initial)`,
    to: `    socket = null
    chunk = nextWriteTimer = errorResponse = null

    if (initial)`,
  },
  {
    file: 'connection.js',
    from: `    closedTime = performance.now()
    hadError`,
    to: `    const lost = Errors.connection('CONNECTION_CLOSED', options)
    query && queryError(query, lost)
    while (sent.length)
      queryError(sent.shift(), lost)
    query = results = final = null
    result = new Result()
    rows = 0
    closedTime = performance.now()
    hadError`,
  },
  // A cursor that was waiting for its reader must not write into the connection that came after its own.
  {
    file: 'connection.js',
    from: `    try {
      const x = await Promise.resolve(query.cursorFn(result))
`,
    to: `    const own = socket
    try {
      const x = await Promise.resolve(query.cursorFn(result))
      if (own !== socket)
        return
`,
  },
  {
    file: 'connection.js',
    from: `    } catch (err) {
      write(Sync)
      query.reject(err)`,
    to: `    } catch (err) {
      if (own !== socket)
        return
      write(Sync)
      query.reject(err)`,
  },
  // A connection that is lost while it asks for the types of arrays is opened again like any other: as nobody waits for the
  // answer, its failure would end the process.
  {
    file: 'connection.js',
    from: '        return fetchArrayTypes()',
    to: '        return fetchArrayTypes().catch(() => undefined)',
  },
  // When its connection is lost, a transaction is over: what it still asks for is refused, not run somewhere else.
  {
    file: 'index.js',
    from: `    let savepoints = 0
`,
    to: `    let savepoints = 0
      , lost = null
`,
  },
  {
    file: 'index.js',
    from: '        new Promise((_, reject) => connection.onclose = reject)',
    to: `        new Promise((_, reject) => lost ? reject(lost) : connection.onclose = e => {
          lost = e
          while (queries.length)
            queries.shift().reject(e)
          reject(e)
        })`,
  },
  {
    file: 'index.js',
    from: `        q.catch(e => uncaughtError || (uncaughtError = e))
`,
    to: `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost)
          return q.reject(lost)
`,
  },
  {
    file: 'index.js',
    from: `      connection = c
      move(c, reserved)
`,
    to: `      connection = c
      c.onclose = e => lost = e
      move(c, reserved)
`,
  },
  // The same for a connection that was reserved by hand.
  {
    file: 'index.js',
    from: `    c.reserved.release = true

    const sql = Sql(handler)
    sql.release = () => {
`,
    to: `    c.reserved.release = true

    let lost = null
    c.onclose = e => {
      lost = e
      while (queue.length)
        queue.shift().reject(e)
    }
    const sql = Sql(handler)
    sql.release = () => {
      if (lost)
        return
      c.onclose = null
`,
  },
  {
    file: 'index.js',
    from: `    function handler(q) {
      c.queue === full
        ? queue.push(q)`,
    to: `    function handler(q) {
      lost
        ? q.reject(lost)
        : c.queue === full
        ? queue.push(q)`,
  },
  // Statements that are sent in one turn of the event loop go out in one write: waking the server costs more processor time
  // than most of them take, and the driver writes everything above a kilobyte at once.
  {
    file: 'connection.js',
    from: 'if (fn || chunk.length >= 1024)',
    to: 'if (fn || chunk.length >= 65536)',
  },
  // A cursor whose connection is lost while its reader is busy has failed; it has not come to its end.
  {
    file: 'query.js',
    from: `          if (this.executed && !this.active)
`,
    to: `          if (this.failed)
            return Promise.reject(this.failed)

          if (this.executed && !this.active)
`,
  },
  {
    file: 'query.js',
    from: `            this.reject = x => (this.active = false, reject(x))
          })`,
    to: `            this.reject = x => (this.active = false, this.failed = x, reject(x))
          })`,
  },
]
