import { termOf } from '../../lib/analyse.ts'

// Groups of words that people who ask for support and people who write help pages use for the same thing.
const GROUPS = `
website site
picture image photo
delete remove erase
cancel terminate unsubscribe
buy purchase
price cost fee pricing
pay payment
invoice bill receipt
refund reimburse reimbursement money
change edit modify update
add insert
create build
login signin sign log
signup register registration
password passcode
error problem trouble issue
fix solve resolve troubleshoot
disconnect unlink
connect link integrate
email mail
phone telephone mobile
customer client buyer
shop store
delivery shipping ship deliver
product item
employee staff
coupon voucher promo discount
subscription plan membership
renew renewal
start begin
stop end
disable deactivate
enable activate
show display view
choose select pick
move transfer migrate
copy duplicate clone
upload import
document file
folder directory
app application
computer pc
color colour
allow permit
permission access
limit maximum restriction
speed fast quick
size dimension
big large
multiple several
location address
holiday vacation
schedule calendar
appointment booking reservation
book reserve
guide tutorial instruction
setting preference configuration
configure setup
menu navigation
url address
rename name
replace swap
switch change
reset restore
undo revert
recover retrieve restore
lost missing
contact reach
message chat
notification alert
verify confirm validate verification
identity id
crash freeze hang
publish post
backup copy
exchange return
warranty guarantee
broken damaged defective faulty
track tracking status
package parcel shipment order
wrong incorrect
revenue income earning
tax vat
merge combine join
arrange sort
secure security safe
block ban
template theme design
hire recruit
mistake error
quit exit close
price quote
support assistance
payout withdrawal
domain url
`
const OTHERS = new Map<string, string[]>()
for (const group of GROUPS.trim().split('\n')) {
  const terms = [...new Set(group.split(' ').map(termOf))]
  for (const term of terms) {
    const known = OTHERS.get(term) ?? []
    OTHERS.set(term, [...new Set([...known, ...terms.filter((other) => other !== term)])])
  }
}

/** Terms that may stand for `term` in English support texts. */
export function synonymsOf(term: string): readonly string[] {
  return OTHERS.get(term) ?? []
}
