const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

// RFC 9110 section 5.6.7: the form that is sent, and the two old ones that must still be understood.
const fixed = /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/
const rfc850 = /^[A-Z][a-z]+day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/
const asctime = /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/

// 1970 begins the epoch; no artifact here is older, nor will a client of 2070 send two digits.
const fullYear = (year: string): number => (year.length === 4 ? 0 : Number(year) < 70 ? 2000 : 1900) + Number(year)

/** Milliseconds since the Unix epoch, or undefined when the text is no HTTP date. */
export const parseHttpDate = (text: string): number | undefined => {
  const { day, month = '', year, time } = (fixed.exec(text) ?? rfc850.exec(text) ?? asctime.exec(text))?.groups ?? {}
  if (day === undefined || year === undefined || time === undefined) return undefined
  const [hour = 0, minute = 0, second = 0] = time.split(':').map(Number)
  const index = months.indexOf(month)
  const parsed = Date.UTC(fullYear(year), index, Number(day), hour, minute, second)
  // Date.UTC would roll over; a leap second may.
  const isDay = index >= 0 && new Date(Date.UTC(fullYear(year), index, Number(day))).getUTCDate() === Number(day)
  return isDay && hour < 24 && minute < 60 && second <= 60 ? parsed : undefined
}

/** The form in which HTTP dates are sent; it drops the milliseconds. */
export const httpDate = (date: Date): string => date.toUTCString()
